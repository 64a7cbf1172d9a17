"""The register: list, filters, bulk edit, saved views."""

import pytest

from coe.enums.accounts import AccountState
from coe.models import ChangeEvent, SavedFilter
from tests.factories import AccountFactory, CoOwnerFactory, RoleFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db


def _shown(page):
    return {row.handle for row in page.context["table"].items}


@pytest.mark.parametrize("item_count", [1, 3, 30])
def test_account_list_asks_the_same_questions_for_one_and_three(
    lead, tree, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        AccountFactory(line=tree.foods, primary_owner=UserFactory(), backup_owner=UserFactory())
    lead.get("/accounts/")

    with django_assert_num_queries(8):
        page = lead.get("/accounts/")

    assert page.context["table"].total == item_count


def test_account_list_shows_own_and_co_owned_accounts_only(lead, tree):
    own = AccountFactory(line=tree.foods)
    shared = CoOwnerFactory(account__line=tree.america, line=tree.foods).account
    AccountFactory(line=tree.america)

    assert _shown(lead.get("/accounts/")) == {own.handle, shared.handle}


def test_account_list_leaves_out_what_is_archived_until_asked(hub, tree):
    live, gone = AccountFactory(line=tree.foods), AccountFactory(line=tree.foods, state=AccountState.ARCHIVED)

    assert _shown(hub.get("/accounts/")) == {live.handle}
    assert _shown(hub.get("/accounts/?state=archived")) == {gone.handle}
    assert _shown(hub.get("/accounts/?state=any")) == {live.handle, gone.handle}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=@alpha", {"Alpha"}),
        ("q=display+b", {"beta"}),
        ("line=EU", {"Alpha", "beta"}),
        ("line=US", {"gamma"}),
        ("platform=youtube", {"gamma"}),
        ("tier=1", {"Alpha"}),
        ("mfa=on", {"beta"}),
        ("tag=news", {"beta"}),
        ("owner=none", {"gamma"}),
        ("owner=one", {"beta"}),
        ("owner=gone", {"Alpha"}),
        ("owner=mine", {"beta"}),
        ("tier=9&line=nowhere&state=odd&page=x&sort=;drop", {"Alpha", "beta", "gamma"}),
        ("sort=-tier&col=kind", {"Alpha", "beta", "gamma"}),
    ],
)
def test_account_list_is_narrowed(hub, tree, query, expected):
    gone = UserFactory(is_active=False)
    AccountFactory(handle="Alpha", line=tree.foods, tier=1, primary_owner=UserFactory(), backup_owner=gone)
    beta = AccountFactory(
        handle="beta", display_name="Display B", line=tree.foods, mfa_state="on", primary_owner=hub.user
    )
    beta.tags.add(TagFactory(name="News", key="news"))
    AccountFactory(handle="gamma", line=tree.america, platform__code="youtube")

    page = hub.get(f"/accounts/?{query}")

    assert page.status_code == 200
    assert _shown(page) == expected


def test_account_list_turns_pages(hub, tree):
    for _ in range(51):
        AccountFactory(line=tree.foods)

    second = hub.get("/accounts/?page=2")

    assert (len(list(second.context["table"].items)), second.context["table"].total) == (1, 51)


def test_bulk_edit_first_says_what_would_change_and_changes_nothing(lead, tree):
    account = AccountFactory(line=tree.foods, tier=3)

    page = lead.post("/accounts/bulk/", {"action": "edit", "id": str(account.public_id)})

    account.refresh_from_db()
    assert (page.status_code, page.context["count"], account.tier) == (200, 1, 3)


def test_bulk_edit_changes_the_ticked_accounts_and_no_other(lead, tree):
    ticked, other = AccountFactory(line=tree.foods), AccountFactory(line=tree.foods)
    ticked.tags.add(TagFactory(name="Old", key="old"))
    owner = RoleFactory(line=tree.foods, user__email="owner@example.com").user

    answer = lead.post(
        "/accounts/bulk/",
        {
            "action": "edit",
            "apply": "1",
            "id": str(ticked.public_id),
            "tier": "1",
            "primary_owner": owner.email,
            "add_tags": "New",
            "remove_tags": "old",
        },
    )

    ticked.refresh_from_db()
    other.refresh_from_db()
    assert answer.status_code == 302
    assert (ticked.tier, ticked.primary_owner, [tag.name for tag in ticked.tags.all()]) == (1, owner, ["New"])
    assert (other.tier, other.primary_owner) == (3, None)


def test_bulk_edit_of_all_rows_keeps_to_the_filter_and_the_own_lines(lead, tree):
    inside = AccountFactory(line=tree.foods, platform__code="youtube")
    other = AccountFactory(line=tree.foods)
    shared = CoOwnerFactory(
        account__line=tree.america, account__platform__code="youtube", line=tree.foods
    ).account

    lead.post(
        "/accounts/bulk/",
        {"action": "edit", "apply": "1", "all": "1", "query": "platform=youtube", "tier": "2"},
    )

    tiers = {}
    for account in (inside, other, shared):
        account.refresh_from_db()
        tiers[account.handle] = account.tier
    assert tiers == {inside.handle: 2, other.handle: 3, shared.handle: 3}


def test_bulk_edit_without_a_change_is_refused(lead, tree):
    account = AccountFactory(line=tree.foods)

    answer = lead.post("/accounts/bulk/", {"action": "edit", "apply": "1", "id": str(account.public_id)})

    assert answer.status_code == 422
    assert not ChangeEvent.objects.exists()


def test_bulk_edit_is_closed_to_an_auditor(auditor, tree):
    account = AccountFactory(line=tree.foods)

    assert (
        auditor.post("/accounts/bulk/", {"apply": "1", "id": str(account.public_id), "tier": "1"}).status_code
        == 403
    )
    account.refresh_from_db()
    assert account.tier == 3


def test_a_view_is_saved_found_again_and_forgotten(lead, tree):
    lead.post("/views/", {"name": "Tier one", "query": "tier=1", "path": "/accounts/"})
    view = SavedFilter.objects.get()

    found = lead.get("/accounts/?tier=1").context["saved"]
    lead.post(f"/views/{view.public_id}/delete/")

    assert [(one["label"], one["url"], one["current"]) for one in found] == [
        ("Tier one", "/accounts/?tier=1", True)
    ]
    assert not SavedFilter.objects.exists()


def test_a_view_of_somebody_else_cannot_be_deleted(lead, hub):
    view = SavedFilter.objects.create(owner=hub.user, page="account-list", name="Mine", query="tier=1")

    assert lead.post(f"/views/{view.public_id}/delete/").status_code == 404
    assert SavedFilter.objects.exists()
