"""Accounts by the hundred in one request: as many statements as for one, every refusal named, nothing half-written."""

import pytest

from coe.models import ChangeEvent, LineFact, SocialAccount
from tests.factories import AccountFactory, LineFactory, PlatformFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def twitter(db):
    return PlatformFactory(code="twitter", name="Twitter")


def new(**more):
    return {"line": "FDE", "platform": "twitter", "handle": "acme", **more}


@pytest.mark.parametrize("item_count", [1, 3, 20])
def test_an_array_costs_the_same_statements_whatever_its_length(
    call, twitter, line_tree, item_count, django_assert_num_queries
):
    items = []
    for n in range(item_count):
        line = LineFactory(code=f"NEW{n}", parent=line_tree.foods)
        owner = UserFactory()
        RoleFactory(user=owner, line=line)
        items.append(
            new(line={"code": line.code}, handle=f"acme{n}", primary_owner=owner.email, tags=["Pilot"])
        )
    call.get("/api/v1/me/")

    with django_assert_num_queries(21):
        answer = call.post("/api/v1/accounts/", items)

    assert (answer.status_code, [a["handle"] for a in answer.json()["results"]]) == (
        201,
        [f"acme{n}" for n in range(item_count)],
    )
    assert ChangeEvent.objects.filter(action="account.registered").count() == item_count


def test_every_refusal_of_an_array_is_named_in_one_answer(call, twitter, line_tree):
    AccountFactory(platform=twitter, handle="taken", handle_key="taken", line=line_tree.foods)
    before = (SocialAccount.objects.count(), ChangeEvent.objects.count(), LineFact.objects.count())

    answer = call.post(
        "/api/v1/accounts/",
        [
            new(handle="fine"),
            new(handle="Taken"),
            new(handle="twice"),
            new(handle="@TWICE"),
            new(handle=""),
            new(handle="note", notes="password: hunter2hunter2"),
            new(handle="lost", primary_owner="nobody@example.com"),
            new(line="US"),
        ],
    )

    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/1/handle", "duplicate"),
        ("/3/handle", "duplicate"),
        ("/4/handle", "required"),
        ("/5/notes", "secret_refused"),
        ("/6/primary_owner", "not_found"),
        ("/7/line", "not_found"),
    ]
    assert (SocialAccount.objects.count(), ChangeEvent.objects.count(), LineFact.objects.count()) == before


def test_an_array_on_a_line_the_caller_only_reads_is_forbidden(token_of, twitter, line_tree):
    reader = token_of(line_tree.europe, "read", "metrics:write")

    answer = reader.post("/api/v1/accounts/", [new(handle="one"), new(handle="two")])

    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_each_object_of_an_array_says_its_own_why(call, twitter, line_tree):
    call.post(
        "/api/v1/accounts/",
        [new(handle="one", change_message="Ticket 1"), new(handle="two", change_message="Ticket 2")],
    )

    told = ChangeEvent.objects.filter(action="account.registered").order_by("object_label")
    assert list(told.values_list("object_label", "why")) == [("one", "Ticket 1"), ("two", "Ticket 2")]
