"""Search finds what its reader may see, and nothing else."""

import pytest

from coe.enums.roles import Role
from coe.rules.principals import Actor, Principal, principal_of
from coe.selectors.search import search_all
from coe.services.platforms import ensure_platforms
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")


@pytest.fixture
def company():
    platforms = ensure_platforms(by=Actor.system("test"), at=AT)
    fr, us = LineFactory(code="FR", name="Acme France"), LineFactory(code="US", name="Acme USA")
    AccountFactory(platform=platforms["x"], handle="acme_fr", line=fr)
    AccountFactory(platform=platforms["x"], handle="acme_us", line=us)
    lead = UserFactory(name="Ada Acme")
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=fr)
    return lead


def found(principal, words):
    return {group.kind: [hit.title for hit in group.hits] for group in search_all(principal, words)}


def test_search_finds_lines_accounts_and_people(company):
    assert found(ROOT, "acme") == {
        "lines": ["Acme France", "Acme USA"], "accounts": ["acme_fr", "acme_us"], "people": ["Ada Acme"],
    }  # fmt: skip
    assert found(ROOT, "acme  FRANCE") == {"lines": ["Acme France"]}


def test_search_keeps_to_the_scope_of_the_reader(company):
    assert found(principal_of(company, AT), "acme") == {
        "lines": ["Acme France"], "accounts": ["acme_fr"], "people": ["Ada Acme"],
    }  # fmt: skip
    assert found(Principal.anonymous(), "acme") == {}


def test_a_pasted_address_finds_its_account(company):
    assert found(ROOT, "https://twitter.com/Acme_FR?s=20") == {"accounts": ["acme_fr"]}


@pytest.mark.parametrize("words", ["", "   ", "%", "_" * 500, "\u0000"])
def test_odd_words_do_no_harm(company, words):
    assert isinstance(search_all(ROOT, words.replace("\u0000", "")), list)


def test_a_group_says_when_there_is_more(company):
    group = search_all(ROOT, "acme", limit=1)[0]

    assert (len(group.hits), group.has_more) == (1, True)
