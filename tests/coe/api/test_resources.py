"""What each resource of the ground floor shows and does."""

import datetime as dt

import pytest
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import BusinessLine, Platform, RoleAssignment, ServiceToken, SocialAccount
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from tests.factories import (
    AccountFactory,
    CoOwnerFactory,
    PlatformFactory,
    RoleFactory,
    UserFactory,
)
from tests.plugins.api import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def twitter(db):
    return PlatformFactory(code="twitter", name="Twitter")


@pytest.fixture
def lead_call(log_in, line_tree):
    """The lead of Europe in a session."""
    client = log_in(Role.LINE_LEAD, line_tree.europe, name="Lena Lead", email="lena@example.com")
    return Caller(client=client)


def test_me_tells_a_token_its_line_and_rights(call, line_tree):
    body = call.get("/api/v1/me/").json()

    assert (body["kind"], body["token"]["line"]["code"], body["lines"], body["sees_all"], body["person"]) == (
        "token",
        "EU",
        2,
        False,
        None,
    )
    assert body["permissions"] == [
        "certify_account",
        "edit_account",
        "export",
        "register_account",
        "report_finding",
        "submit_metrics",
        "view",
        "view_history",
    ]
    assert body["links"]["line"] == "/api/v1/lines/EU/"


def test_me_tells_a_person_their_roles(lead_call):
    body = lead_call.get("/api/v1/me/").json()

    assert (body["kind"], body["person"]["email"]) == ("user", "lena@example.com")
    assert [(role["role"], role["line"]["code"]) for role in body["roles"]] == [("line_lead", "EU")]


def test_a_line_is_told_whole(call, line_tree):
    body = call.get("/api/v1/lines/fde/").json()

    line = line_tree.foods
    shown = {
        key: body[key]
        for key in ("id", "url", "web_url", "display", "code", "kind", "depth", "status", "tags", "revision")
    }
    assert shown == {
        "id": str(line.public_id),
        "url": "/api/v1/lines/FDE/",
        "web_url": "/lines/FDE/",
        "display": "Foods Europe",
        "code": "FDE",
        "kind": "line",
        "depth": 1,
        "status": "active",
        "tags": [],
        "revision": 1,
    }
    assert body["parent"] == {
        "id": str(line_tree.europe.public_id),
        "code": "EU",
        "display": "Europe",
        "url": "/api/v1/lines/EU/",
        "web_url": "/lines/EU/",
    }


def test_a_line_outside_the_scope_is_not_found(call):
    assert call.get("/api/v1/lines/US/").status_code == 404


def test_the_hub_makes_moves_and_archives_lines(hub_call, line_tree):
    made = hub_call.post(
        "/api/v1/lines/", {"code": "NEW", "name": "New", "parent": {"code": "EU"}, "tags": ["Pilot"]}
    )
    moved = hub_call.post("/api/v1/lines/NEW/move/", {"parent": "US"})
    gone = hub_call.post("/api/v1/lines/NEW/archive/")
    back = hub_call.post("/api/v1/lines/NEW/restore/")
    blocked = hub_call.post("/api/v1/lines/EU/archive/")

    assert (made.status_code, made["Location"], made.json()["tags"]) == (201, "/api/v1/lines/NEW/", ["Pilot"])
    assert (moved.json()["parent"]["code"], gone.json()["status"], back.json()["status"]) == (
        "US",
        "archived",
        "active",
    )
    assert (blocked.status_code, "Foods Europe" in blocked.json()["blockers"][0]) == (409, True)


def test_a_lead_edits_the_words_of_a_line_and_not_its_place(lead_call, line_tree):
    words = lead_call.patch("/api/v1/lines/FDE/", {"description": "Food"})
    code = lead_call.patch("/api/v1/lines/FDE/", {"code": "XX"})
    move = lead_call.post("/api/v1/lines/FDE/move/", {"parent": None})

    assert (words.status_code, words.json()["description"], code.status_code, move.status_code) == (
        200,
        "Food",
        403,
        403,
    )
    assert BusinessLine.objects.get(pk=line_tree.foods.pk).code == "FDE"


def test_an_account_is_registered_from_its_address_alone(call, line_tree):
    ensure_platforms(by=Actor.system(), at=timezone.now())
    owner = RoleFactory(line=line_tree.foods, user=UserFactory(email="olga@example.com")).user

    made = call.post(
        "/api/v1/accounts/",
        {
            "line": {"code": "fde"},
            "profile_url": "https://twitter.com/AcmeFoods",
            "tier": 1,
            "primary_owner": "Olga@example.com",
            "tags": ["Food"],
            "languages": ["en"],
            "opened_on": "2020-01-02",
        },
    )

    body = made.json()
    assert (
        made.status_code,
        body["platform"]["display"] != "",
        body["handle"].lower(),
        body["line"]["code"],
    ) == (
        201,
        True,
        "acmefoods",
        "FDE",
    )
    assert (body["tier"], body["primary_owner"]["id"], body["tags"], body["opened_on"]) == (
        1,
        str(owner.public_id),
        ["Food"],
        "2020-01-02",
    )
    assert body["state"] == "requested"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"line": "US"}, "/line"),
        ({"line": 7}, "/line"),
        ({"line": {"nope": "x"}}, "/line"),
        ({"line": {"id": "x"}}, "/line"),
        ({"line": None}, "/line"),
        ({"platform": "nope"}, "/platform"),
        ({"handle": {"a": 1}}, "/handle"),
        ({"handle": "a\x00b"}, "/handle"),
        ({"handle": ""}, "/handle"),
        ({"tier": 9}, "/tier"),
        ({"tier": True}, "/tier"),
        ({"tier": 10**30}, "/tier"),
        ({"kind": "nope"}, "/kind"),
        ({"tags": "x"}, "/tags"),
        ({"tags": [1]}, "/tags"),
        ({"opened_on": "2020-13-01"}, "/opened_on"),
        ({"opened_on": 5}, "/opened_on"),
        ({"primary_owner": "x@y.z"}, "/primary_owner"),
        ({"is_regulated": "yes"}, "/is_regulated"),
        ({"recovery_email": "nope"}, "/recovery_email"),
        ({"secret": "x"}, "/secret"),
        ({"planned_cadence_days": -1}, "/planned_cadence_days"),
        ({"planned_cadence_days": 10**12}, "/planned_cadence_days"),
        ({"display_name": "x" * 300}, "/display_name"),
        ({"state": "active"}, "/state"),
        ({"last_post_at": "yesterday"}, "/last_post_at"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_written(call, twitter, change, pointer):
    answer = call.post(
        "/api/v1/accounts/", {"line": "FDE", "platform": "twitter", "handle": "acme", **change}
    )

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert not SocialAccount.objects.exists()


def test_a_secret_is_refused(call, twitter):
    answer = call.post(
        "/api/v1/accounts/",
        {"line": "FDE", "platform": "twitter", "handle": "acme", "notes": "password: Hunter2hunter2!"},
    )

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "secret_refused")
    assert not SocialAccount.objects.exists()


def test_an_account_that_is_registered_already_is_named(call, twitter, line_tree):
    AccountFactory(line=line_tree.foods, handle="acme", handle_key="acme")

    answer = call.post("/api/v1/accounts/", {"line": "FDE", "platform": "twitter", "handle": "@Acme"})

    assert (answer.status_code, SocialAccount.objects.count()) == (409, 1)


def test_an_account_is_edited_with_its_tag(call, line_tree):
    account = AccountFactory(line=line_tree.foods)
    path = f"/api/v1/accounts/{account.public_id}/"
    read = call.get(path)

    done = call.patch(
        path,
        {"purpose": "News", "mfa_state": "on", "mfa_verified_on": "2026-01-02", "tags": ["A"]},
        If_Match=read["ETag"],
    )
    late = call.patch(path, {"purpose": "Other"}, If_Match=read["ETag"])

    assert (
        done.status_code,
        done.json()["purpose"],
        done.json()["tags"],
        done.json()["custody_revision"],
    ) == (200, "News", ["A"], 2)
    assert late.status_code == 412
    assert call.patch(path, {"mfa_verified_on": None}).json()["mfa_verified_on"] is None
    assert done["ETag"] != read["ETag"]


def test_an_account_never_leaves_the_callers_scope(call, line_tree):
    account = AccountFactory(line=line_tree.foods)

    answer = call.patch(f"/api/v1/accounts/{account.public_id}/", {"line": "US"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_found")
    account.refresh_from_db()
    assert account.line == line_tree.foods


def test_a_co_owner_reads_and_does_not_write(call, line_tree):
    shared = AccountFactory(line=line_tree.america)
    CoOwnerFactory(account=shared, line=line_tree.foods)
    foreign = AccountFactory(line=line_tree.america)
    path = f"/api/v1/accounts/{shared.public_id}/"

    assert call.get(path).json()["co_owners"][0]["code"] == "FDE"
    assert call.patch(path, {"purpose": "Mine"}).status_code == 403
    assert call.post(path + "transition/", {"action": "start_closing"}).status_code == 403
    assert call.get(f"/api/v1/accounts/{foreign.public_id}/").status_code == 404
    assert call.patch(f"/api/v1/accounts/{foreign.public_id}/", {"purpose": "x"}).status_code == 404


def test_an_account_moves_through_its_life(call, hub_call, line_tree):
    account = AccountFactory(line=line_tree.foods, state="requested")
    path = f"/api/v1/accounts/{account.public_id}/transition/"

    by_line = call.post(path, {"action": "approve"})
    by_hub = hub_call.post(path, {"action": "approve"})
    twice = hub_call.post(path, {"action": "approve"})

    assert (by_line.status_code, by_hub.json()["state"], twice.status_code) == (403, "approved", 409)
    assert call.post(path, {"action": "activate"}).json()["state"] == "active"
    assert call.post(path, {"action": "nope"}).status_code == 422


def test_an_account_is_renamed_and_shared(call, line_tree):
    account = AccountFactory(line=line_tree.foods, handle="old", handle_key="old")
    path = f"/api/v1/accounts/{account.public_id}/"

    renamed = call.post(path + "handle/", {"handle": "newer"})
    shared = call("PUT", path + "co-owners/", {"lines": ["EU"]})
    lost = call("PUT", path + "co-owners/", {"lines": ["US"]})

    assert (renamed.json()["handle"], shared.json()["co_owners"][0]["code"], lost.status_code) == (
        "newer",
        "EU",
        422,
    )


def test_many_accounts_are_edited_or_none(call, line_tree):
    mine, other = AccountFactory(line=line_tree.foods), AccountFactory(line=line_tree.america)

    refused = call.patch(
        "/api/v1/accounts/",
        [
            {"id": str(mine.public_id), "tier": 1},
            {"id": str(other.public_id), "tier": 1},
            {"tier": 1},
            {"id": "x"},
        ],
    )
    stale = call.patch("/api/v1/accounts/", [{"id": str(mine.public_id), "tier": 1, "revision": 7}])
    done = call.patch("/api/v1/accounts/", [{"id": str(mine.public_id), "tier": 1, "revision": 1}])

    assert (refused.status_code, [e["pointer"] for e in refused.json()["errors"]]) == (
        422,
        ["/1/id", "/2/id", "/3/id"],
    )
    assert (stale.status_code, done.status_code, done.json()["results"][0]["tier"]) == (412, 200, 1)


def test_accounts_are_found_by_line_with_all_below(call, line_tree):
    AccountFactory(line=line_tree.foods, handle="below", handle_key="below")
    AccountFactory(line=line_tree.europe, handle="own", handle_key="own")

    found = [
        [a["handle"] for a in call.get(f"/api/v1/accounts/?{query}").json()["results"]]
        for query in ("line=EU", "line_subtree=EU", "q=@BEL", "state=active&line=FDE")
    ]

    assert found == [["own"], ["below", "own"], ["below"], ["below"]]


def test_people_are_those_of_the_scope(call, line_tree):
    seen, unseen = RoleFactory(line=line_tree.foods).user, RoleFactory(line=line_tree.america).user

    assert [p["id"] for p in call.get("/api/v1/people/").json()["results"]] == [str(seen.public_id)]
    assert call.get(f"/api/v1/people/{unseen.public_id}/").status_code == 404
    assert call.post("/api/v1/people/", {"email": "a@example.com"}).status_code == 403


def test_the_hub_registers_and_edits_people(hub_call):
    made = hub_call.post("/api/v1/people/", {"email": "New@Example.com", "name": "New"})
    edited = hub_call.patch(made["Location"], {"job_title": "Lead", "time_zone": "Europe/Paris"})
    wrong = hub_call.patch(made["Location"], {"time_zone": "Mars/Base"})
    twice = hub_call.post("/api/v1/people/", {"email": "new@example.com"})

    assert (
        made.status_code,
        made.json()["email"],
        edited.json()["job_title"],
        wrong.status_code,
        twice.status_code,
    ) == (201, "new@example.com", "Lead", 422, 409)


def test_roles_are_given_and_ended_up_to_ones_own(lead_call, line_tree):
    person = RoleFactory(line=line_tree.foods, role=Role.VIEWER).user
    given = lead_call.post("/api/v1/roles/", {"person": person.email, "role": "deputy", "line": "FDE"})
    too_much = lead_call.post("/api/v1/roles/", {"person": person.email, "role": "hub_lead"})
    elsewhere = lead_call.post("/api/v1/roles/", {"person": person.email, "role": "deputy", "line": "US"})
    ended = lead_call("DELETE", given["Location"])

    assert (given.status_code, given.json()["line"]["code"], too_much.status_code, elsewhere.status_code) == (
        201,
        "FDE",
        403,
        422,
    )
    assert (ended.status_code, ended.json()["valid_until"] is not None) == (200, True)
    assert RoleAssignment.objects.filter(user=person, role="hub_lead").count() == 0


def test_platforms_are_read_by_all_and_decided_by_the_hub(call, hub_call, twitter):
    assert call.get("/api/v1/platforms/").json()["results"][0]["code"] == "twitter"
    assert call.patch("/api/v1/platforms/twitter/", {"decision": "prohibited"}).status_code == 403
    assert (
        hub_call.patch("/api/v1/platforms/twitter/", {"decision": "approved"}).json()["decision"]
        == "approved"
    )
    assert Platform.objects.get().decision == "approved"


def test_a_token_is_made_replaced_and_revoked(lead_call, call, line_tree):
    body = {
        "line": "FDE",
        "name": "Suite",
        "scopes": ["read"],
        "expires_at": str(timezone.localdate() + dt.timedelta(days=30)),
    }
    made = lead_call.post("/api/v1/tokens/", body)
    works = Caller(made.json()["secret"])
    assert works.get("/api/v1/me/").status_code == 200
    rotated = lead_call.post(made["Location"] + "rotate/", {"expires_at": body["expires_at"]})
    revoked = lead_call("DELETE", made["Location"])

    assert (made.status_code, rotated.status_code, revoked.status_code) == (201, 201, 200)
    assert works.get("/api/v1/me/").status_code == 401
    assert "secret" not in lead_call.get(rotated["Location"]).json()
    assert "digest" not in str(lead_call.get("/api/v1/tokens/").json())
    assert call.get("/api/v1/tokens/").status_code == 403
    assert lead_call.post("/api/v1/tokens/", {**body, "line": "US"}).status_code == 422
    assert lead_call.post("/api/v1/tokens/", {**body, "expires_at": "soon"}).status_code == 422
    assert ServiceToken.objects.filter(name="Suite", line=line_tree.foods).count() == 2
