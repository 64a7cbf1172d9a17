"""Arrays on list addresses: all or nothing, every refusal by its place and name, nothing outside of the caller's scope."""

import datetime as dt
from uuid import uuid4

import pytest
from django.utils import timezone

from coe.models import BusinessLine, ChangeEvent, RoleAssignment, ServiceToken, SocialAccount, User
from metrics.models import Metric, Target
from tests.factories import (
    AccountFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(line_tree):
    """Two accounts of Europe and one of the Americas."""
    twitter = PlatformFactory(code="twitter")
    return [
        AccountFactory(line=line, platform=twitter, handle=handle, state=state)
        for line, handle, state in (
            (line_tree.europe, "one", "closing"), (line_tree.foods, "two", "active"), (line_tree.america, "three", "closing"),
        )
    ]  # fmt: skip


def errors(answer):
    """Where and why an answer refuses."""
    return [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_lines_are_edited_by_id_or_code_and_one_refusal_takes_all_back(hub_call, line_tree):
    answer = hub_call.patch(
        "/api/v1/lines/",
        [
            {"id": "eu", "description": "A"},
            {"id": str(line_tree.america.public_id), "name": "Amerika", "revision": 1},
        ],
    )
    refused = hub_call.patch(
        "/api/v1/lines/",
        [
            {"id": "EU", "name": "B"},
            {"id": "US", "revision": 1, "name": "C"},
            {"id": "NOPE", "name": "D"},
            {"name": "E"},
        ],
    )

    assert [one["name"] for one in answer.json()["results"]] == ["Europe", "Amerika"]
    assert (refused.status_code, errors(refused)) == (
        422, [("/1", "stale"), ("/2/id", "not_found"), ("/3/id", "required")],
    )  # fmt: skip
    assert "“NOPE”" in refused.json()["errors"][1]["detail"]
    assert set(BusinessLine.objects.values_list("name", flat=True)) == {"Europe", "Amerika", "Foods Europe"}


def test_what_lies_outside_is_named_and_stays_as_it_is(call, ours):
    before = ChangeEvent.objects.count()

    answers = [
        call.patch(
            "/api/v1/accounts/",
            [{"id": str(ours[0].public_id), "purpose": "x"}, {"id": str(ours[2].public_id)}],
        ),
        call("DELETE", "/api/v1/accounts/", [str(ours[0].public_id), str(ours[2].public_id)]),
        call("DELETE", "/api/v1/accounts/", [str(uuid4())]),
    ]

    assert [one.status_code for one in answers] == [422] * 3
    assert [errors(one) for one in answers] == [
        [("/1/id", "not_found")],
        [("/1/id", "not_found")],
        [("/0/id", "not_found")],
    ]
    assert str(ours[2].public_id) in answers[1].json()["errors"][0]["detail"]
    assert (SocialAccount.objects.filter(purpose="x").count(), ChangeEvent.objects.count()) == (0, before)


def test_closing_accounts_are_archived_together_and_a_live_one_stops_all(call, ours):
    stopped = call("DELETE", "/api/v1/accounts/", [str(ours[0].public_id), str(ours[1].public_id)])
    done = call("DELETE", "/api/v1/accounts/", [{"id": str(ours[0].public_id), "revision": 1}])

    assert (stopped.status_code, errors(stopped)) == (409, [("/1", "wrong_state")])
    assert (done.status_code, [one["state"] for one in done.json()["results"]]) == (200, ["archived"])
    assert SocialAccount.objects.get(pk=ours[1].pk).state == "active"


def test_lines_are_archived_leaves_first_and_what_stands_in_the_way_is_named(hub_call, line_tree, ours):
    stopped = hub_call("DELETE", "/api/v1/lines/", ["US", "FDE"])
    SocialAccount.objects.all().update(state="archived")
    done = hub_call("DELETE", "/api/v1/lines/", ["FDE", "US"])

    assert (stopped.status_code, errors(stopped)) == (409, [("/0", "protected"), ("/1", "protected")])
    assert [one["status"] for one in done.json()["results"]] == ["archived", "archived"]


@pytest.mark.parametrize("body", [{}, [], '"EU"', [7], [{"id": "EU", "name": "x"}], [{}]])
def test_a_bad_array_of_ids_is_refused(hub_call, line_tree, body):
    answer = hub_call("DELETE", "/api/v1/lines/", body)

    assert answer.status_code == 422
    assert not BusinessLine.objects.filter(status="archived").exists()


def test_put_makes_lines_edits_them_and_moves_them(hub_call, line_tree):
    first = hub_call("PUT", "/api/v1/lines/", {"code": "asia", "name": "Asia"})
    again = hub_call("PUT", "/api/v1/lines/", {"code": "ASIA", "description": "East", "parent": "US"})
    many = hub_call(
        "PUT",
        "/api/v1/lines/",
        [{"code": "JP", "name": "Japan", "parent": "asia"}, {"code": "EU", "name": "Europa"}],
    )

    assert (first.status_code, again.status_code, many.status_code) == (201, 200, 200)
    assert [(one["code"], one["name"]) for one in many.json()["results"]] == [
        ("JP", "Japan"),
        ("EU", "Europa"),
    ]
    asia = BusinessLine.objects.get(code_key="asia")
    assert (asia.name, asia.description, asia.parent, asia.depth) == ("Asia", "East", line_tree.america, 1)
    assert BusinessLine.objects.get(code="JP").depth == 2
    assert errors(hub_call("PUT", "/api/v1/lines/", {"code": "new"})) == [("/name", "required")]


def test_put_registers_an_account_once(call, ours, line_tree):
    body = {"line": "EU", "platform": "twitter", "handle": "@four", "purpose": "News"}

    made = call("PUT", "/api/v1/accounts/", body)
    again = call(
        "PUT", "/api/v1/accounts/", [{**body, "purpose": "Jobs"}, {**body, "handle": "TWO", "line": "FDE"}]
    )

    assert (made.status_code, again.status_code) == (201, 200)
    assert [one["id"] for one in again.json()["results"]] == [made.json()["id"], str(ours[1].public_id)]
    assert SocialAccount.objects.get(handle_key="four").purpose == "Jobs"
    assert call("PUT", "/api/v1/accounts/", {**body, "handle": "three"}).status_code in (404, 409, 422)
    assert SocialAccount.objects.get(handle_key="three").line == line_tree.america


def test_people_come_change_and_leave_together(hub_call):
    put = hub_call(
        "PUT", "/api/v1/people/", [{"email": "Ada@example.com", "name": "Ada"}, {"email": "bob@example.com"}]
    )
    hub_call("PUT", "/api/v1/people/", {"email": "ada@example.com", "job_title": "Lead"})
    patched = hub_call.patch("/api/v1/people/", [{"id": "bob@example.com", "name": "Bob"}])
    left = hub_call("DELETE", "/api/v1/people/", ["ada@example.com", "bob@example.com"])
    lost = hub_call("DELETE", "/api/v1/people/", ["nobody@example.com"])

    assert (put.status_code, patched.status_code, left.status_code, lost.status_code) == (200, 200, 200, 422)
    rows = User.objects.filter(email__in=["ada@example.com", "bob@example.com"]).order_by("email")
    assert list(rows.values_list("name", "job_title", "is_active")) == [("Ada", "Lead", False), ("Bob", "", False)]  # fmt: skip


def test_roles_are_given_and_ended_together(hub_call, line_tree):
    ada = UserFactory(email="ada@example.com")
    outside = RoleFactory(line=line_tree.america)
    given = hub_call.post(
        "/api/v1/roles/",
        [{"person": "ada@example.com", "role": role, "line": "EU"} for role in ("viewer", "contributor")],
    )
    ids = [one["id"] for one in given.json()["results"]]
    refused = hub_call("DELETE", "/api/v1/roles/", [*ids, str(uuid4())])
    ended = hub_call("DELETE", "/api/v1/roles/", ids)

    assert (given.status_code, refused.status_code, ended.status_code) == (201, 422, 200)
    now = timezone.now()
    assert RoleAssignment.objects.filter(user=ada).current(now).count() == 0
    assert RoleAssignment.objects.filter(pk=outside.pk).current(now).exists()


def test_targets_by_natural_key_by_id_and_away(hub_call, line_tree):
    Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last")
    body = {
        "line": "EU",
        "metric": "followers",
        "period_start": "2026-01-01",
        "period_end": "2026-03-31",
        "value": 10,
    }
    put = hub_call("PUT", "/api/v1/targets/", body)
    again = hub_call("PUT", "/api/v1/targets/", {**body, "value": 12})
    patched = hub_call.patch("/api/v1/targets/", [{"id": put.json()["id"], "reason": "Board", "revision": 2}])
    stale = hub_call.patch(put.json()["url"], {"value": 99}, If_Match='"1"')
    one = hub_call.patch(put.json()["url"], {"value": 13})
    gone = hub_call("DELETE", "/api/v1/targets/", [put.json()["id"]])

    assert [a.status_code for a in (put, again, patched, stale, one, gone)] == [201, 200, 200, 412, 200, 204]
    assert (one.json()["value"], one.json()["reason"], one.json()["period_end"]) == (
        13,
        "Board",
        "2026-03-31",
    )
    assert not Target.objects.standing().exists()


def test_tokens_are_revoked_together_but_never_those_of_others(hub_call):
    tokens = [
        TokenFactory(line=LineFactory(), expires_at=timezone.now() + dt.timedelta(days=9)) for _n in range(2)
    ]

    done = hub_call("DELETE", "/api/v1/tokens/", [str(one.public_id) for one in tokens])

    assert (done.status_code, ServiceToken.objects.filter(revoked_at=None).count()) == (200, 0)
    assert "secret" not in done.json()["results"][0]


def test_metrics_are_added_edited_and_retired_by_the_hub(hub_call, call):
    made = hub_call.post(
        "/api/v1/metrics/", {"code": "saves", "labels": {"en": "Saves", "fr": "Enregistrements"}, "scale": 2}
    )
    put = hub_call(
        "PUT",
        "/api/v1/metrics/",
        [{"code": "saves", "unit": "count"}, {"code": "pins", "labels": {"en": "Pins"}}],
    )
    edited = hub_call.patch("/api/v1/metrics/saves/", {"formula": "sum"}, If_Match=made["ETag"])
    fresh = hub_call.patch("/api/v1/metrics/saves/", {"formula": "sum"})
    retired = hub_call("DELETE", "/api/v1/metrics/saves/")
    many = hub_call("DELETE", "/api/v1/metrics/", ["pins"])
    bad = hub_call.post("/api/v1/metrics/", {"code": "odd", "labels": {"en": {"x": 1}}})
    hidden = hub_call.post("/api/v1/metrics/", {"code": "odd", "labels": {"en": "a\x00b"}})

    assert [one.status_code for one in (made, put, edited, fresh, retired, many, bad, hidden)] == [
        201, 200, 412, 200, 200, 200, 422, 422,
    ]  # fmt: skip
    assert list(Metric.objects.order_by("code").values_list("code", "unit", "formula", "is_active")) == [
        ("pins", "", "", False), ("saves", "count", "sum", False),
    ]  # fmt: skip
    assert call.post("/api/v1/metrics/", {"code": "mine"}).status_code == 403


@pytest.mark.parametrize("size", [0, 501])
def test_an_array_has_bounds(hub_call, size):
    assert hub_call.patch("/api/v1/lines/", [{"id": "EU"}] * size).status_code == 422
