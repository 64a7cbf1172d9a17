"""The pages of the log-in: who is let in, and that none of them knows a record of a line."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from coe.enums.roles import Role
from tests.house.routes.callers import come
from tests.house.routes.log_in import GONE, LOG_IN, OPEN, OWN
from tests.house.routes.matrix import body_of, marks_in, routes
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]


def address(route):
    """An address that the route takes."""
    filled = route.replace("^", "").replace("$", "")
    return "/auth/" + re.sub(
        r"\(\?P<(\w+)>[^)]*\)",
        lambda found: {"uidb36": "1", "provider_id": "oidc"}.get(found[1], "x-y"),
        filled,
    )


def test_every_route_of_the_log_in_is_classified():
    assert {route.removeprefix("auth/") for route in routes() if route.startswith("auth/")} == set(LOG_IN)


@pytest.mark.django_db
@pytest.mark.parametrize("route", LOG_IN)
def test_who_is_let_in(route):
    path = address(route)

    answers = [Client().get(path), Client().post(path, {})]

    asked = ["/auth/login/" in answer.get("Location", "") for answer in answers]
    statuses = {answer.status_code for answer in answers}
    if LOG_IN[route] == GONE:
        assert statuses == {404}
    elif LOG_IN[route] == OWN:
        assert asked == [True, True]
    else:
        assert LOG_IN[route] == OPEN
        assert asked == [False, False]
        assert statuses <= {200, 302, 404, 405}


@pytest.mark.django_db
def test_nobody_changes_their_own_address(world):
    client = come(Role.LINE_LEAD, world).call.client

    answer = client.post("/auth/email/", {"email": "other@example.com", "action_add": ""})

    assert answer.status_code == 404
    assert EmailAddress.objects.count() == 0


@pytest.mark.django_db
def test_none_of_them_knows_a_record(world):
    who = come(Role.LINE_LEAD, world)
    found = {}

    for route in LOG_IN:
        client = Client()
        client.force_login(who.user, backend="coe.backends.HubBackend")
        for answer in (client.get(address(route)), client.post(address(route), {})):
            assert answer.status_code < 500
            found[route] = found.get(route, set()) | marks_in(body_of(answer).casefold())

    assert {route for route, marks in found.items() if marks} == set()
