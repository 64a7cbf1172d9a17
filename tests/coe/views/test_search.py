"""Search and verify pages."""

import pytest

from coe.registries import search_kinds
from coe.rules.principals import Actor
from coe.selectors.search import search_accounts, search_lines, search_people
from coe.services.platforms import ensure_platforms
from tests.factories import AT, AccountFactory, HandleRecordFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds():
    for key, ask in (("lines", search_lines), ("accounts", search_accounts), ("people", search_people)):
        if key not in search_kinds:
            search_kinds.register(key, ask)


def _found(page):
    return {hit.url for group in page.context["groups"] for hit in group["hits"]}


def test_search_finds_lines_accounts_and_people_in_scope_only(lead, tree):
    own, other = (
        AccountFactory(line=tree.foods, handle="foods_one"),
        AccountFactory(line=tree.america, handle="foods_two"),
    )

    found = _found(lead.get("/search/?q=foods"))

    assert found == {"/lines/FDE/", f"/accounts/{own.public_id}/"}
    assert f"/accounts/{other.public_id}/" not in found


@pytest.mark.parametrize("words", ["", "   ", "%00", "%", "' OR 1=1", "x" * 5000])
def test_search_survives_wild_words(lead, words):
    assert lead.get("/search/", {"q": words}).status_code == 200


@pytest.mark.parametrize(
    ("state", "tone", "title"),
    [
        ("active", "note-good", "Yes, this is ours."),
        ("suspended", "note-care", "It is in the register, but not live."),
    ],
)
def test_verify_says_whether_an_address_is_ours(lead, tree, at, state, tone, title):
    platform = ensure_platforms(by=Actor.system(), at=at)["instagram"]
    account = AccountFactory(
        platform=platform, handle="acme", handle_key="acme", line=tree.foods, state=state
    )

    answer = lead.get("/verify/", {"url": "https://instagram.com/Acme/"}).context["answer"]

    assert (answer["tone"], answer["title"], answer["url"]) == (
        tone,
        title,
        f"/accounts/{account.public_id}/",
    )


def test_verify_warns_of_a_handle_we_left(lead, tree, at):
    platform = ensure_platforms(by=Actor.system(), at=at)["instagram"]
    account = AccountFactory(platform=platform, handle="acme_new", handle_key="acme_new", line=tree.america)
    HandleRecordFactory(account=account, handle="acme", handle_key="acme", until_at=AT)

    answer = lead.get("/verify/", {"url": "https://instagram.com/acme"}).context["answer"]

    assert (answer["title"], answer["url"]) == ("It was ours, and is not now.", "")


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://instagram.com/nobody", "Not in the register."),
        ("nonsense", "This is no address the hub can read."),
    ],
)
def test_verify_answers_the_unknown(lead, at, url, title):
    ensure_platforms(by=Actor.system(), at=at)

    assert lead.get("/verify/", {"url": url}).context["answer"]["title"] == title
