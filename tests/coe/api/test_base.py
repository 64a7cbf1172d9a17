"""The workshop of the API: who may knock, how lists and errors look, and what happens twice."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils import timezone

from coe.api.base.permissions import DeclaredPermission
from coe.api.base.views import HubView
from coe.models import BusinessLine, ChangeEvent, IdempotencyRecord, SocialAccount
from coe.rules.principals import Principal
from tests.factories import AccountFactory, LineFactory, PlatformFactory
from tests.plugins.api import Caller

pytestmark = pytest.mark.django_db


def _new(**more):
    return {"line": "FDE", "platform": "twitter", "handle": "acme_foods", **more}


@pytest.fixture
def twitter(db):
    return PlatformFactory(code="twitter", name="Twitter")


def test_without_a_token_the_door_asks_for_one(db):
    answer = Client().get("/api/v1/lines/")

    assert (answer.status_code, answer["Content-Type"], answer["WWW-Authenticate"]) == (
        401,
        "application/problem+json",
        'Bearer realm="coe-hub"',
    )


@pytest.mark.parametrize("header", ["Bearer coe_x_y", "Bearer", "Basic abc", "Bearer coe_é"])
def test_a_wrong_token_is_told_from_none(db, header):
    assert Client().get("/api/v1/me/", headers={"Authorization": header}).status_code == 401


def test_an_expired_token_is_shut_out(token_of, line_tree):
    caller = token_of(line_tree.europe)
    type(caller.token).objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))

    assert caller.get("/api/v1/me/").status_code == 401


def test_a_session_writes_only_with_its_csrf_token(hub_call):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hub_call.user, backend="coe.backends.HubBackend")

    answer = strict.post("/api/v1/lines/", {"code": "X", "name": "X"}, content_type="application/json")

    assert answer.status_code == 403
    assert not BusinessLine.objects.exists()


def test_a_view_that_declares_no_permission_is_a_bug():
    class Forgetful(HubView):
        def get(self, request):
            """Never reached."""

    request = RequestFactory().get("/")
    request.principal = Principal.system()
    with pytest.raises(ImproperlyConfigured, match="Forgetful declares no permission for GET"):
        DeclaredPermission().has_permission(
            type("R", (), {"method": "GET", "_request": request})(), Forgetful()
        )


def test_a_token_without_the_read_scope_reads_nothing(token_of, line_tree):
    caller = token_of(line_tree.europe, "metrics:write")

    answer = caller.get("/api/v1/accounts/")

    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "You may not do this. Ask the hub for the role it needs.",
    )


def test_a_list_pages_by_limit_and_offset(call):
    first = call.get("/api/v1/lines/?limit=1").json()
    second = call.get(first["next"]).json()

    assert (first["count"], [line["code"] for line in first["results"]], first["previous"]) == (
        2,
        ["EU"],
        None,
    )
    assert ([line["code"] for line in second["results"]], second["next"], second["previous"]) == (
        ["FDE"],
        None,
        "/api/v1/lines/?limit=1&offset=0",
    )


def test_a_list_pages_by_cursor(call):
    first = call.get("/api/v1/lines/?limit=1&cursor=").json()
    second = call.get(first["next"]).json()

    assert (first["count"], [line["code"] for line in first["results"]]) == (None, ["EU"])
    assert ([line["code"] for line in second["results"]], second["next"]) == (["FDE"], None)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "offset=-1",
        "offset=99999999999999999999",
        "cursor=zzz",
        "cursor=é",
        "ordering=secret",
        "fields=nope",
        "omit=nope",
        "nope=1",
        "name__nope=1",
        "depth=x",
        "depth__gte=99999999999",
        "status=gone",
        "is_spoke=maybe",
        "id=7",
        "updated_at__gte=soon",
        "updated_at__gte=2026-13-45",
        "updated_at__gte=2026-02-31T00:00:00Z",
        "name=a%00b",
        "q=a%00b",
        "line=NOPE",
        "line_subtree=US",
    ],
)
def test_a_query_nobody_understands_is_refused(call, query):
    answer = call.get(f"/api/v1/lines/?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"].startswith("/")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["EU", "FDE"]),
        ("line=fde", ["FDE"]),
        ("line_subtree=EU", ["EU", "FDE"]),
        ("line=EU,FDE", ["EU", "FDE"]),
        ("q=foods", ["FDE"]),
        ("ordering=-name", ["FDE", "EU"]),
        ("code=eu&code=fde", ["EU", "FDE"]),
        ("code__in=eu,fde", ["EU", "FDE"]),
        ("name__isw=Foo", ["FDE"]),
        ("name__ic=EUROPE", ["EU", "FDE"]),
        ("depth__gte=1", ["FDE"]),
        ("depth__lt=1", ["EU"]),
        ("parent=EU", ["FDE"]),
        ("description__empty=true", ["EU", "FDE"]),
        ("description__empty=false", []),
        ("updated_at__gt=2099-01-01", []),
    ],
)
def test_filters_keep_what_they_say(call, query, codes):
    assert [line["code"] for line in call.get(f"/api/v1/lines/?{query}").json()["results"]] == codes


def test_fields_are_chosen_and_left_out(call):
    chosen = call.get("/api/v1/lines/FDE/?fields=code,name,revision&omit=revision").json()

    assert chosen == {"code": "FDE", "name": "Foods Europe"}
    assert "tags" not in call.get("/api/v1/lines/?omit=tags").json()["results"][0]


def test_a_read_carries_a_tag_that_saves_the_next_one(call):
    first = call.get("/api/v1/lines/FDE/")

    again = call.get("/api/v1/lines/FDE/", If_None_Match=first["ETag"])

    assert (again.status_code, again.content) == (304, b"")
    LineFactory._meta.model.objects.filter(code="EU").update(name="Old Europe")
    assert call.get("/api/v1/lines/FDE/", If_None_Match=first["ETag"]).status_code == 200


def test_a_write_meant_for_an_older_revision_is_refused(hub_call, line_tree):
    read = hub_call.get("/api/v1/lines/FDE/")
    assert (
        hub_call.patch("/api/v1/lines/FDE/", {"description": "one"}, If_Match=read["ETag"]).status_code == 200
    )

    late = hub_call.patch("/api/v1/lines/FDE/", {"description": "two"}, If_Match=read["ETag"])

    assert (late.status_code, late.json()["revision"]) == (412, 2)
    assert BusinessLine.objects.get(code="FDE").description == "one"
    assert (
        hub_call.patch("/api/v1/lines/FDE/", {"description": "three"}, If_Match='"nonsense"').status_code
        == 412
    )
    assert hub_call.patch("/api/v1/lines/FDE/", {"description": "four"}, If_Match="*").status_code == 200


def test_a_repeat_with_the_same_key_gives_the_first_answer(call, twitter):
    first = call.post("/api/v1/accounts/", _new(), Idempotency_Key="k1")
    again = call.post("/api/v1/accounts/", _new(), Idempotency_Key="k1")

    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    assert (again.json(), again["Location"], again["ETag"]) == (
        first.json(),
        first["Location"],
        first["ETag"],
    )
    assert SocialAccount.objects.count() == 1


def test_a_repeat_of_a_refusal_gives_the_refusal(call, twitter):
    first = call.post("/api/v1/accounts/", _new(line="NOPE"), Idempotency_Key="k1")
    again = call.post("/api/v1/accounts/", _new(line="NOPE"), Idempotency_Key="k1")

    assert (again.status_code, again["Content-Type"], again.json()) == (
        422,
        "application/problem+json",
        first.json(),
    )


def test_a_key_belongs_to_one_request_and_one_caller(call, token_of, line_tree, twitter):
    call.post("/api/v1/accounts/", _new(), Idempotency_Key="k1")

    other_body = call.post("/api/v1/accounts/", _new(handle="other"), Idempotency_Key="k1")
    other_caller = token_of(line_tree.europe).post(
        "/api/v1/accounts/", _new(handle="third"), Idempotency_Key="k1"
    )

    assert (other_body.status_code, other_body.json()["errors"][0]["code"], other_caller.status_code) == (
        422,
        "key_reused",
        201,
    )


def test_a_key_still_in_flight_waits_and_an_old_one_is_forgotten(call, twitter):
    call.post("/api/v1/accounts/", _new(), Idempotency_Key="k1")
    IdempotencyRecord.objects.update(status=None)

    assert call.post("/api/v1/accounts/", _new(), Idempotency_Key="k1").status_code == 409
    IdempotencyRecord.objects.update(status=201, created_at=timezone.now() - dt.timedelta(hours=25))
    assert call.post("/api/v1/accounts/", _new(handle="fresh"), Idempotency_Key="k1").status_code == 201


def test_a_secret_is_not_kept_for_a_repeat(hub_call, line_tree):
    body = {
        "line": "FDE",
        "name": "Suite",
        "scopes": ["read"],
        "expires_at": str(timezone.localdate() + dt.timedelta(days=30)),
    }
    first = hub_call.post("/api/v1/tokens/", body, Idempotency_Key="k1").json()
    again = hub_call.post("/api/v1/tokens/", body, Idempotency_Key="k1").json()

    assert first["secret"].startswith("coe_")
    assert again == {**first, "secret": None}
    assert first["secret"] not in IdempotencyRecord.objects.get().body


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1",
        b"\xff",
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b"7",
        b'"x"',
        b"null",
        b"[]",
        b"[[]]",
        b'{"nope": 1}',
    ],
)
def test_a_broken_body_is_an_answer_never_an_error(hub_call, body):
    answer = hub_call("POST", "/api/v1/lines/", body)

    assert (answer.status_code in (400, 422), answer["Content-Type"]) == (True, "application/problem+json")
    assert not BusinessLine.objects.exists()


def test_a_body_too_large_is_refused(hub_call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert hub_call.post("/api/v1/lines/", {"code": "X", "name": "x" * 200}).status_code == 413


def test_an_array_is_written_whole_or_not_at_all(call, twitter, line_tree):
    answer = call.post(
        "/api/v1/accounts/",
        [_new(handle="one"), _new(handle="two", line="US"), _new(handle="three", tier="x"), 7],
    )

    assert (
        answer.status_code,
        SocialAccount.objects.count(),
        ChangeEvent.objects.filter(action="account.created").count(),
    ) == (422, 0, 0)
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/1/line", "not_found"),
        ("/2/tier", "integer_expected"),
        ("/3", "object_expected"),
    ]
    done = call.post("/api/v1/accounts/", [_new(handle="one"), _new(handle="two")])
    assert (done.status_code, [a["handle"] for a in done.json()["results"]]) == (201, ["one", "two"])


def test_the_caller_sees_what_is_left_of_its_share(call, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"read": "2/min", "write": "1/min"},
    }

    first, second, third = (call.get("/api/v1/me/") for _ in range(3))

    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"], second["RateLimit-Remaining"]) == (
        "2",
        "1",
        "0",
    )
    assert (third.status_code, int(third["Retry-After"]) > 0, third["Content-Type"]) == (
        429,
        True,
        "application/problem+json",
    )
    assert call.post("/api/v1/lines/", {}).status_code == 403


def test_the_answer_is_a_page_for_a_browser(hub_call, line_tree):
    page = hub_call.get("/api/v1/lines/FDE/", Accept="text/html")
    lost = hub_call.get("/api/v1/lines/NOPE/", Accept="text/html")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Foods Europe" in page.content.decode()
    assert (lost.status_code, lost["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_every_answer_is_the_callers_own_and_carries_the_request_id(call):
    answer = call.get("/api/v1/me/", X_Request_ID="abcdefgh1234")

    assert (answer["X-Request-ID"], answer["Cache-Control"]) == ("abcdefgh1234", "private, no-cache")
    assert {"Authorization", "Cookie"} <= {word.strip() for word in answer["Vary"].split(",")}


def test_why_lands_in_the_history(hub_call, line_tree):
    hub_call.patch("/api/v1/lines/FDE/", {"description": "a", "change_message": "from the body"})
    hub_call.patch("/api/v1/lines/FDE/", {"description": "b"}, X_Change_Message="from the header")

    whys = ChangeEvent.objects.filter(action="line.updated").order_by("id").values_list("why", flat=True)
    assert list(whys) == ["from the body", "from the header"]


def test_a_database_that_is_busy_asks_to_come_again(call, monkeypatch):
    def locked(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr("coe.api.me.lines_in_scope", locked)
    answer = call.get("/api/v1/me/")

    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (
        503,
        "2",
        "application/problem+json",
    )


def test_methods_that_are_not_there_say_so(call):
    assert call("PUT", "/api/v1/me/", {}).status_code == 405
    assert call("OPTIONS", "/api/v1/lines/").status_code == 200
    assert Caller()("OPTIONS", "/api/v1/lines/").status_code == 401


@pytest.mark.parametrize("path", ["lines", "accounts", "people", "roles", "platforms", "tokens", "changes"])
def test_lists_ask_the_same_questions_for_one_and_three(
    hub_call, call, line_tree, path, django_assert_max_num_queries
):
    AccountFactory(line=line_tree.foods)
    caller = hub_call if path == "tokens" else call
    caller.get(f"/api/v1/{path}/")
    # A session costs two questions more than a token: who it is, and what they may do.
    most = 4 + (2 if caller is hub_call else 0)

    with django_assert_max_num_queries(most) as one:
        caller.get(f"/api/v1/{path}/")
    AccountFactory.create_batch(2, line=line_tree.foods)
    LineFactory.create_batch(2, parent=line_tree.europe)
    with django_assert_max_num_queries(most) as three:
        caller.get(f"/api/v1/{path}/")

    assert len(one) == len(three)
