"""The caller's duties over the API: what the page shows, by state, a page at a time."""

from datetime import timedelta

import pytest
import time_machine

from coe.enums.roles import Role
from tests.factories import AT, AccountFactory, TokenFactory
from tests.plugins.api import Caller

pytestmark = pytest.mark.django_db
PATH = "/api/v1/me/duties/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def me(log_in):
    return log_in(Role.HUB_LEAD)


def test_a_person_reads_what_they_owe(me, tree):
    token = TokenFactory(
        created_by=me.user, line=tree.foods, name="Sprout", expires_at=AT + timedelta(days=2)
    )

    answer = Caller(client=me).get(PATH)

    assert answer.status_code == 200
    assert answer.json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "kind": "token.expiry",
                "key": str(token.public_id),
                "display": "Replace the token “Sprout” before it expires",
                "note": "What pushes data with it stops otherwise.",
                "state": "soon",
                "due_at": "2026-03-04T09:30:00+00:00",
                "line": {
                    "id": str(tree.foods.public_id),
                    "code": "FDE",
                    "display": "Foods Europe",
                    "url": "/api/v1/lines/FDE/",
                    "web_url": "/lines/FDE/",
                },
                "web_url": "/me/tokens/",
            }
        ],
    }


def test_duties_are_chosen_by_state_and_read_page_by_page(me, tree):
    for days in (1, 2, 20):
        TokenFactory(created_by=me.user, name=f"{days}", expires_at=AT + timedelta(days=days))
    AccountFactory(state="requested", line=tree.foods)
    call = Caller(client=me)

    soon = call.get(f"{PATH}?state=soon&limit=1").json()
    rest = call.get(soon["next"]).json()

    assert (soon["count"], soon["next"]) == (2, f"{PATH}?state=soon&limit=1&offset=1")
    assert [one["display"][:19] for one in soon["results"] + rest["results"]] == [
        "Replace the token “",
        "Replace the token “",
    ]
    assert [one["due_at"] for one in call.get(f"{PATH}?state=open").json()["results"]] == [
        "2026-03-22T09:30:00+00:00",
        None,
    ]


def test_a_token_is_no_person_and_owes_nothing(token_of, tree):
    assert token_of(tree.foods).get(PATH).json()["results"] == []


@pytest.mark.parametrize("query", ["state=late", "q=x", "limit=0", "offset=-1"])
def test_what_is_not_known_is_said(me, query):
    answer = Caller(client=me).get(f"{PATH}?{query}")

    assert (answer.status_code, answer.json()["status"]) == (422, 422)
