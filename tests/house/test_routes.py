"""Every route of the hub is classified here, and the classes are tried by callers with different scopes.

A new route fails until somebody writes down who may use it. Line A is the subject; B lies outside of it. What is outside a caller's
scope is lost (404), a missing right is a no (403), and a stranger is asked to log in (a page) or to show a token (the API).
"""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import Notice, SavedFilter
from metrics.models import Metric, Target
from tests.factories import AccountFactory, BatchFactory, LineFactory, RoleFactory, TokenFactory, UserFactory
from tests.plugins.api import Caller, token_of

__all__ = ["token_of"]

IN, NO, LOST = "in", "no", "lost"
ENTERED = {200, 201, 204, 302, 400, 409, 422}

# Answered without a log-in, on purpose: the probe, and the gauges (which have a token of their own).
OPEN = {"status/", "-/metrics"}
# Whole floors with a door of their own: allauth's log-in pages, and Django's admin (staff only).
FLOORS = ("auth/", "admin/")

# Pages. Route → method, then what happens to: a hub lead and the lead of A with A's record; a viewer of B with A's record, and with B's.
PAGES = {
    "": ("GET", IN, IN, IN, IN),
    "programme/": ("GET", IN, IN, IN, IN),
    "programme/criteria/<str:criterion>/": ("GET", LOST, LOST, LOST, LOST),
    "waiting/": ("GET", IN, IN, IN, IN),
    "lines/<str:code>/waiting/": ("GET", IN, IN, LOST, IN),
    "lines/": ("GET", IN, IN, IN, IN),
    "lines/<str:code>/": ("GET", IN, IN, LOST, IN),
    "lines/<str:code>/criteria/<str:criterion>/": ("GET", LOST, LOST, LOST, LOST),
    "metrics/": ("GET", IN, IN, IN, IN),
    "metrics/<slug:code>/": ("GET", IN, IN, IN, IN),
    "metrics/<slug:code>/targets/new/": ("GET", IN, IN, NO, NO),
    "accounts/": ("GET", IN, IN, IN, IN),
    "accounts/new/": ("GET", IN, IN, NO, NO),
    "accounts/bulk/": ("POST", IN, IN, NO, NO),
    "accounts/export/": ("GET", IN, IN, IN, IN),
    "accounts/<uuid:public_id>/": ("GET", IN, IN, LOST, IN),
    "accounts/<uuid:public_id>/edit/": ("GET", IN, IN, LOST, NO),
    "accounts/<uuid:public_id>/rename/": ("POST", IN, IN, LOST, NO),
    "accounts/<uuid:public_id>/state/": ("POST", IN, IN, LOST, NO),
    "accounts/<uuid:public_id>/co-owners/": ("POST", IN, IN, LOST, NO),
    "accounts/<uuid:public_id>/journal/": ("POST", IN, IN, LOST, NO),
    "new-line/": ("GET", IN, NO, NO, NO),
    "lines/<str:code>/edit/": ("GET", IN, IN, LOST, NO),
    "lines/<str:code>/move/": ("GET", IN, NO, LOST, NO),
    "lines/<str:code>/archive/": ("GET", IN, NO, LOST, NO),
    "people/": ("GET", IN, IN, IN, IN),
    "people/new/": ("GET", IN, NO, NO, NO),
    "people/<uuid:public_id>/": ("GET", IN, IN, LOST, IN),
    "people/<uuid:public_id>/edit/": ("GET", IN, NO, LOST, NO),
    "people/<uuid:public_id>/leave/": ("GET", IN, NO, LOST, NO),
    "people/<uuid:public_id>/roles/": ("POST", IN, IN, LOST, IN),
    "people/<uuid:public_id>/roles/<uuid:role_id>/end/": ("POST", IN, IN, LOST, NO),
    "views/": ("POST", IN, IN, IN, IN),
    "views/<uuid:public_id>/delete/": ("POST", LOST, LOST, LOST, LOST),
    "imports/": ("GET", IN, IN, IN, IN),
    "imports/new/": ("GET", IN, IN, NO, NO),
    "imports/<uuid:public_id>/": ("GET", IN, LOST, LOST, LOST),
    "imports/<uuid:public_id>/columns/": ("POST", IN, LOST, LOST, LOST),
    "imports/<uuid:public_id>/act/": ("POST", IN, LOST, LOST, LOST),
    "imports/<uuid:public_id>/rejects/": ("GET", IN, LOST, LOST, LOST),
    "history/": ("GET", IN, IN, NO, NO),
    "search/": ("GET", IN, IN, IN, IN),
    "verify/": ("GET", IN, IN, IN, IN),
    "me/": ("GET", IN, IN, IN, IN),
    "me/notices/": ("GET", IN, IN, IN, IN),
    "me/notices/read/": ("POST", IN, IN, IN, IN),
    "me/notices/<uuid:public_id>/": ("POST", LOST, LOST, LOST, LOST),
    "me/tokens/": ("GET", IN, IN, IN, IN),
    "me/tokens/<uuid:public_id>/": ("POST", IN, IN, LOST, LOST),
    "me/language/": ("POST", IN, IN, IN, IN),
    "me/theme/": ("POST", IN, IN, IN, IN),
    "demo/leave/": ("POST", NO, NO, NO, NO),
    "styleguide/": ("GET", NO, NO, NO, NO),
}

# The API. As above, with a token of A (read, metrics:write, accounts:write) after the lead.
API = {
    "schema/": {"GET": (IN, IN, IN, IN, IN)},
    "docs/": {"GET": (IN, IN, IN, IN, IN)},
    "me/": {"GET": (IN, IN, IN, IN, IN)},
    "lines/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, NO, NO, NO, NO)},
    "lines/<str:code>/": {"GET": (IN, IN, IN, LOST, IN), "PATCH": (IN, IN, NO, NO, NO)},
    "lines/<str:code>/move/": {"POST": (IN, NO, NO, NO, NO)},
    "lines/<str:code>/archive/": {"POST": (IN, NO, NO, NO, NO)},
    "lines/<str:code>/restore/": {"POST": (IN, NO, NO, NO, NO)},
    "accounts/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, IN, IN, NO, NO), "PATCH": (IN, IN, IN, NO, NO)},
    "accounts/<uuid:public_id>/": {"GET": (IN, IN, IN, LOST, IN), "PATCH": (IN, IN, IN, NO, NO)},
    "accounts/<uuid:public_id>/transition/": {"POST": (IN, IN, IN, NO, NO)},
    "accounts/<uuid:public_id>/handle/": {"POST": (IN, IN, IN, NO, NO)},
    "accounts/<uuid:public_id>/co-owners/": {"PUT": (IN, IN, IN, NO, NO)},
    "people/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, NO, NO, NO, NO)},
    "people/<uuid:public_id>/": {"GET": (IN, IN, IN, LOST, IN), "PATCH": (IN, NO, NO, NO, NO)},
    "roles/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, IN, NO, NO, NO)},
    "roles/<uuid:public_id>/": {"GET": (IN, IN, IN, LOST, IN), "DELETE": (IN, IN, NO, NO, NO)},
    "platforms/": {"GET": (IN, IN, IN, IN, IN)},
    "platforms/<slug:code>/": {"GET": (IN, IN, IN, IN, IN), "PATCH": (IN, NO, NO, NO, NO)},
    "tokens/": {"GET": (IN, IN, NO, NO, NO), "POST": (IN, IN, NO, NO, NO)},
    "tokens/<uuid:public_id>/": {"GET": (IN, IN, NO, NO, NO), "DELETE": (IN, IN, NO, NO, NO)},
    "tokens/<uuid:public_id>/rotate/": {"POST": (IN, IN, NO, NO, NO)},
    "verify/": {"GET": (IN, IN, IN, IN, IN)},
    "imports/": {"GET": (IN, IN, IN, IN, IN)},
    "imports/<uuid:public_id>/": {"GET": (IN, LOST, LOST, LOST, LOST)},
    "imports/<uuid:public_id>/problems/": {"GET": (IN, LOST, LOST, LOST, LOST)},
    "changes/": {"GET": (IN, IN, IN, NO, NO)},
    "scorecards/": {"GET": (IN, IN, IN, IN, IN)},
    "scorecards/<str:code>/": {"GET": (IN, IN, IN, LOST, IN)},
    "metrics/": {"GET": (IN, IN, IN, IN, IN)},
    "metrics/<str:code>/": {"GET": (IN, IN, IN, IN, IN)},
    "observations/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, IN, IN, NO, NO)},
    "targets/": {"GET": (IN, IN, IN, IN, IN), "POST": (IN, IN, NO, NO, NO)},
    "targets/<uuid:public_id>/": {"GET": (IN, IN, IN, LOST, IN), "DELETE": (IN, IN, NO, NO, NO)},
}
API_CASES = [
    (route, method, *expected) for route, methods in API.items() for method, expected in methods.items()
]
# Shown to whoever comes to log in, so that the language can be chosen there.
BEFORE_LOG_IN = {"me/language/", "me/theme/"}


def routes(patterns=None, prefix=""):
    """Every route of the project as one text."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_route_is_classified():
    known = OPEN | set(PAGES) | {f"api/v1/{route}" for route in API}
    found = {route for route in routes() if not route.startswith(FLOORS)}

    assert found - known == set(), "say in this file who may use these routes"
    assert known - found == set(), "these routes are gone"


@pytest.fixture
def world(db):
    """Two lines with one record of each kind, and the callers."""
    at = timezone.now()

    def side(code):
        line = LineFactory(code=code)
        role = RoleFactory(line=line, role=Role.CONTRIBUTOR)
        account = AccountFactory(line=line, state="active")
        token = TokenFactory(line=line, expires_at=at + dt.timedelta(days=9), created_at=at)
        target = Target.objects.create(
            line=line,
            metric=metric,
            period_start=dt.date(2026, 1, 1),
            period_end=dt.date(2026, 3, 31),
            value=1,
        )
        batch = BatchFactory(by=UserFactory(), line=line)
        view = SavedFilter.objects.create(owner=UserFactory(), page="account-list", name="Mine")
        notice = Notice.objects.create(user=UserFactory(), kind="test", subject="News")
        return SimpleNamespace(
            line=line,
            role=role,
            account=account,
            token=token,
            target=target,
            batch=batch,
            view=view,
            notice=notice,
            person=role.user,
        )

    def browser(role, line=None):
        client = Client()
        client.force_login(RoleFactory(role=role, line=line).user, backend="coe.backends.HubBackend")
        return Caller(client=client)

    metric = Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last")
    a, b = side("A"), side("B")
    return SimpleNamespace(
        a=a,
        b=b,
        hub=browser(Role.HUB_LEAD),
        lead_a=browser(Role.LINE_LEAD, a.line),
        viewer_b=browser(Role.VIEWER, b.line),
    )


def path_of(route, side):
    """The address of a side's record."""
    kinds = {
        "accounts": side.account,
        "people": side.person,
        "imports": side.batch,
        "views": side.view,
        "notices": side.notice,
        "tokens": side.token,
        "targets": side.target,
        "roles": side.role,
    }
    words = [word for word in route.split("/") if word]
    subject = next((kinds[word] for word in words if word in kinds), None)
    code = {"metrics": "followers", "platforms": side.account.platform.code}.get(
        words[0] if words else "", side.line.code
    )
    path = route.replace("<uuid:role_id>", str(side.role.public_id)).replace("<str:criterion>", "NO-SUCH")
    path = re.sub(r"<\w+:code>", code, path)
    return path.replace("<uuid:public_id>", str(subject.public_id) if subject else "")


def outcome(answer):
    """What an answer means."""
    if answer.status_code == 302 and "/auth/login" in answer["Location"]:
        return "log in"
    return {401: "log in", 403: NO, 404: LOST}.get(
        answer.status_code, IN if answer.status_code in ENTERED else answer.status_code
    )


def visit(caller, method, path):
    """Open a page, or send a form that says nothing."""
    if method == "GET":
        return caller.client.get(path)
    action = (
        "discard"
        if path.startswith("/imports/")
        else "revoke"
        if path.startswith("/me/")
        else "start_closing"
    )
    return caller.client.post(path, {"action": action, "path": "/accounts/", "name": "Mine", "query": ""})


@pytest.mark.parametrize("route", PAGES)
def test_pages_let_in_whom_they_should(world, route):
    method, hub, lead, viewer_outside, viewer_inside = PAGES[route]
    a, b = f"/{path_of(route, world.a)}", f"/{path_of(route, world.b)}"

    met = (
        outcome(visit(Caller(), method, a)),
        outcome(visit(world.viewer_b, method, a)),
        outcome(visit(world.viewer_b, method, b)),
        outcome(visit(world.lead_a, method, a)),
        outcome(visit(world.hub, method, a)),
    )

    stranger = IN if route in BEFORE_LOG_IN else "log in"
    assert met == (stranger, viewer_outside, viewer_inside, lead, hub)


@pytest.mark.parametrize(
    ("route", "method", "hub", "lead", "token", "viewer_outside", "viewer_inside"), API_CASES
)
def test_the_api_lets_in_whom_it_should(
    world, token_of, route, method, hub, lead, token, viewer_outside, viewer_inside
):
    a, b = f"/api/v1/{path_of(route, world.a)}", f"/api/v1/{path_of(route, world.b)}"
    body = None if method in ("GET", "DELETE") else {}

    met = (
        outcome(Caller()(method, a, body)),
        outcome(world.viewer_b(method, a, body)),
        outcome(world.viewer_b(method, b, body)),
        outcome(token_of(world.a.line)(method, a, body)),
        outcome(world.lead_a(method, a, body)),
        # What the lead deleted is gone for the hub too, so the hub deletes the other one.
        outcome(world.hub(method, b if method == "DELETE" else a, body)),
    )

    assert met == ("log in", viewer_outside, viewer_inside, token, lead, hub)


@pytest.mark.parametrize(
    "route", [route for route in API if "<" in route and "metrics" not in route and "platforms" not in route]
)
def test_a_token_meets_nothing_of_another_line(world, token_of, route):
    caller = token_of(world.a.line)

    met = {
        outcome(caller(method, f"/api/v1/{path_of(route, world.b)}", None if method == "GET" else {}))
        for method in API[route]
    }

    assert met <= {LOST, NO}


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(OPEN))
def test_open_routes_ask_for_no_log_in(client, route):
    assert client.get(f"/{route}").status_code in {200, 403, 404, 503}


@pytest.mark.django_db
def test_the_admin_is_for_its_staff(client, world):
    assert client.get("/admin/").status_code == 302
    assert world.viewer_b.client.get("/admin/").status_code in {302, 403, 404}
