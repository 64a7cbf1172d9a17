"""Every route is classified in `routes/`, with every method it takes, and the classes hold.

A new route fails until somebody writes down who may use it: in `routes/pages.py`, `routes/api.py`, `routes/log_in.py`, or (a model of
the admin) `routes/admin.py`; `routes/use.py` says how. A few callers try everything here; `tests/security/` lets everybody come.
"""

import pytest

from coe.api.base.throttles import PrincipalThrottle
from coe.enums.roles import Role
from tests.house.routes.api import API
from tests.house.routes.callers import NOBODY, TOKENS, WITHOUT_ROLE, come
from tests.house.routes.matrix import path_of, routes, walk
from tests.house.routes.pages import MACHINES, OPEN, PAGES
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]

# Whole floors with a door of their own: allauth's log-in pages, and Django's admin (staff only).
FLOORS = ("auth/", "admin/")
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_every_route_is_classified():
    known = OPEN | MACHINES | set(PAGES) | {f"api/v1/{route}" for route in API}
    found = {route for route in routes() if not route.lstrip("^").startswith(FLOORS)}

    assert found - known == set(), "say in tests/house/routes/ who may use these routes"
    assert known - found == set(), "these routes are gone: take them out of tests/house/routes/"


@pytest.mark.django_db
def test_every_method_is_classified(world, monkeypatch):
    # More methods are tried than one person may call in a minute.
    monkeypatch.setattr(PrincipalThrottle, "allow_request", lambda *_args: True)
    who = come(Role.ADMINISTRATOR, world)

    unsaid = [
        f"{method} /{prefix}{route}"
        for prefix, table in (("", PAGES), ("api/v1/", API))
        for route, methods in table.items()
        for method in METHODS - set(methods)
        if who.call(method, f"/{prefix}{path_of(route, world, 'own')}", {}).status_code != 405
    ]

    assert unsaid == [], "these methods do something: say in tests/house/routes/ who may use them"


@pytest.mark.django_db
@pytest.mark.parametrize("name", (Role.LINE_LEAD, WITHOUT_ROLE, NOBODY))
def test_pages_let_in_whom_they_should(world, name):
    assert walk(come(name, world), world, PAGES, is_api=False) == ([], [], [])


@pytest.mark.django_db
@pytest.mark.parametrize("name", (Role.LINE_LEAD, TOKENS[0], NOBODY))
def test_the_api_lets_in_whom_it_should(world, name):
    assert walk(come(name, world), world, API, is_api=True) == ([], [], [])


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(OPEN))
def test_open_routes_ask_for_no_log_in(client, route):
    assert client.get(f"/{route}").status_code in {200, 403, 404, 503}
