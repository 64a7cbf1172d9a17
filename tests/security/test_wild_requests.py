"""Wild headers, filters, cursors and queries at the doors: a clear no, never a 500, on pages and in the API."""

from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings, strategies as st

from coe.enums.roles import Role
from tests.house.description import committed
from tests.house.routes.callers import TOKENS, come
from tests.house.routes.matrix import path_of
from tests.house.routes.pages import PAGES
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]
pytestmark = pytest.mark.django_db
SCHEMA = committed()
LISTS = {
    path: [one["name"] for one in methods["get"]["parameters"] if one["in"] == "query"]
    for path, methods in SCHEMA["paths"].items()
    if "{" not in path and methods.get("get", {}).get("parameters")
}
NASTY = (
    "\x00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "²", "1e400", "-1", "9" * 30, "a,,b", "'\"%_\\", "NaN", "İ",
    "2026-02-30", "00000000-0000-0000-0000-00000000000g", "💥" * 300,
)  # fmt: skip
HEADERS = ("Authorization", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-ID", "X-Change-Message", "Accept",
           "Accept-Language", "Range", "HX-Request", "Cookie", "X-Forwarded-For", "Content-Type")  # fmt: skip


def test_the_lists_of_the_api_are_found():
    assert {"/api/v1/accounts/", "/api/v1/lines/", "/api/v1/observations/", "/api/v1/changes/"} <= set(LISTS)


@pytest.mark.parametrize("path", LISTS)
def test_filters_and_cursors(world, path):
    caller = come(TOKENS[-1], world).call

    surprises = {
        f"{name}={value[:20]!r}": answer.status_code
        for name in LISTS[path]
        for value in NASTY[:6]
        if (answer := caller.get(f"{path}?{urlencode({name: value})}")).status_code
        not in (200, 400, 403, 422)
    }

    assert surprises == {}


@pytest.mark.parametrize("route", [route for route, methods in PAGES.items() if "GET" in methods])
def test_queries_of_pages(world, route):
    client = come(Role.HUB_LEAD, world).call.client
    path = "/" + path_of(route, world, "own")
    names = ("q", "page", "sort", "line", "state", "tier", "platform", "tag", "owner", "cursor", "object", "since", "until", "step",
             "kind", "url", "address", "as_of", "role", "level", "show", "columns", "dimension", "next")  # fmt: skip

    surprises = {
        value[:20]: answer.status_code
        for value in NASTY
        if (answer := client.get(f"{path}?{urlencode(dict.fromkeys(names, value))}")).status_code >= 500
    }

    assert surprises == {}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(world, name):
    caller = come(TOKENS[-1], world).call
    account = world.places["own"].account.public_id
    likely = st.sampled_from(
        ["Bearer ", "Bearer coe_", 'W/"1-', "*", "q=", "bytes=0-", "application/json;charset=", "coe_a_"]
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.builds(
            "{}{}".format,
            st.one_of(st.just(""), likely),
            st.text(alphabet=st.characters(max_codepoint=255), max_size=40),
        )
    )
    def knock(value):
        given_ = {"Authorization": f"Bearer {caller.secret}"} | {name: value}
        for method, path in (
            ("GET", "/api/v1/accounts/"),
            ("PATCH", f"/api/v1/accounts/{account}/"),
            ("POST", "/api/v1/lines/"),
        ):
            kind = given_.pop("Content-Type", "application/json")
            answer = Client().generic(method, path, b"{}", content_type=kind, headers=given_)
            assert answer.status_code < 500, (method, path, value)

    knock()


@pytest.mark.parametrize("body", (
    b"", b"{", b"[]", b"[[]]", b"null", b"0", b"\xff\xfe", b'{"line": NaN}', b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"',
    b'{"line": "\\u0000"}', b'{"line": {"code": {"code": "x"}}}', b'{"lines": [null]}', b"1" * 5000, b'{"tier": 1e400}',
    b'{"tier": 99999999999999999999}', b'{"line": "A", "line": "B"}',
))  # fmt: skip
def test_bodies(world, body):
    caller = come(Role.HUB_LEAD, world).call
    held = world.places["own"]
    paths = [
        ("POST", "accounts/"), ("PATCH", "accounts/"), ("POST", "observations/"), ("POST", "lines/"), ("POST", "targets/"),
        ("POST", "tokens/"), ("POST", "roles/"), ("POST", "people/"), ("PATCH", f"accounts/{held.account.public_id}/"),
        ("PUT", f"accounts/{held.account.public_id}/co-owners/"), ("POST", f"lines/{quote(held.line.code)}/move/"),
    ]  # fmt: skip

    met = {f"{method} {path}": caller(method, f"/api/v1/{path}", body).status_code for method, path in paths}

    assert {told: status for told, status in met.items() if not (400 <= status < 500 or status == 200)} == {}


def test_an_address_that_holds_a_nul_leads_nowhere(world):
    client = come(Role.HUB_LEAD, world).call.client
    paths = (
        "/lines/%00/",
        "/lines/%00/edit/",
        "/metrics/%00/",
        "/api/v1/lines/%00/",
        "/api/v1/metrics/%00/",
        "/api/v1/scorecards/a%00b/",
        "/%00",
    )

    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
