"""`line` and `line_subtree` on every list of the API, walked over all of them: both narrow, and neither is a way to look outside."""

from uuid import UUID

import pytest
from django.urls import get_resolver

from coe.api.base.views import HubView
from coe.enums.roles import Role
from tests.factories import AccountFactory, PlatformFactory, UserFactory
from tests.house.routes.api import API
from tests.house.routes.callers import TOKENS, come
from tests.house.routes.matrix import is_hidden, marks_in, path_of
from tests.house.routes.world import mark
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]
pytestmark = pytest.mark.django_db
# What other records say of a line's surroundings: its parent, and who owns what it shares.
AROUND = ("above", "shared")
NO_LINES = {
    "views/",  # a view is its owner's, whatever list it is of
    "scorecards/",  # the programme as a whole; of one line: scorecards/<code>/
}


def lists():
    """Every address of the API that answers a list of records."""

    def views(patterns, prefix=""):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns, route)
            elif issubclass(view := getattr(pattern.callback, "view_class", object), HubView):
                yield route, view

    for route, view in views(get_resolver("config.api_urls").url_patterns):
        operation = view.operations.get("GET")
        if operation is not None and (operation.is_list or route == "changes/") and route not in NO_LINES:
            yield route


LISTS = sorted(set(lists()))


def test_every_list_is_walked():
    assert {route for route in LISTS if route in API} == set(LISTS)
    assert len(LISTS) > 15


@pytest.mark.parametrize("route", LISTS)
def test_both_filters_narrow_every_list_and_open_nothing(world, route):
    hub, token = come(Role.HUB_LEAD, world), come(TOKENS[-1], world)
    path = f"/api/v1/{path_of(route, world, 'own')}"

    def met(who, query):
        answer = who.call("GET", f"{path}?{query}")
        return answer.status_code, marks_in(answer.content.decode().casefold())

    def of(marks, *places):
        return {one for one in marks if one.startswith(tuple(mark(place, "") for place in places))}

    whole, everything = met(hub, "limit=1000")
    line, own = met(hub, f"line={mark('own', 'line')}")
    subtree, branch = met(hub, f"line_subtree={mark('own', 'line')}")
    assert (whole, line, subtree) == (200, 200, 200)
    assert of(own, "below", "sibling") == set()
    assert of(branch, "sibling") == set()
    if of(everything, "sibling"):
        # Records that speak of lines: the line's own are there, and those below it come with the subtree.
        assert of(own, "own")
        assert of(branch, "below")

    for name in ("line", "line_subtree"):
        for place in ("sibling", "above"):
            status, marks = met(token, f"{name}={mark(place, 'line')}")
            sent = {mark(place, "line")}
            assert (
                status in (200, 403, 404, 422),
                {one for one in marks - sent if is_hidden(token, one)},
            ) == (
                True,
                set(),
            )
        status, marks = met(token, f"{name}={mark('own', 'line')}")
        assert {one for one in marks if is_hidden(token, one)} == set()


@pytest.mark.parametrize("route", [route for route in LISTS if "<" not in route])
def test_a_line_that_nobody_knows_is_refused_rather_than_empty(world, route):
    hub = come(Role.HUB_LEAD, world)

    answers = [hub.call("GET", f"/api/v1/{route}?{name}=NOPE") for name in ("line", "line_subtree")]

    assert [(one.status_code, one.json()["errors"][0]["code"]) for one in answers] == [
        (422, "line_unknown")
    ] * 2


def test_what_a_filter_names_is_known_or_refused_by_its_name(hub_call, call, line_tree):
    own, far = UserFactory(email="own@x.example"), UserFactory(email="far@x.example")
    account = AccountFactory(line=line_tree.foods, platform__code="mastodon", primary_owner=own)
    AccountFactory(line=line_tree.america, primary_owner=far).tags.create(name="Far", key="far")
    account.tags.create(name="Summer", key="summer")
    account.primary_owner.is_active = False
    account.primary_owner.save()
    PlatformFactory(code="empty")

    def told(get, query):
        answer = get(f"/api/v1/{query}")
        if answer.status_code == 422:
            return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
        return answer.json()["count"]

    for query, of_hub, of_spoke in (
        ("accounts/?platform=mastodon", 1, 1),
        ("accounts/?platform=empty", 0, 0),
        ("accounts/?platform__in=nope,mastodon,no", *[[("/platform__in", "platform_unknown")] * 2] * 2),
        ("accounts/?tag=summer", 1, 1),
        ("accounts/?tag=far", 1, [("/tag", "tag_unknown")]),
        ("accounts/?tag=nope", *[[("/tag", "tag_unknown")]] * 2),
        ("accounts/?primary_owner=OWN@x.example", 1, 1),
        ("accounts/?primary_owner=far@x.example", 1, [("/primary_owner", "primary_owner_unknown")]),
        ("accounts/?primary_owner=no@x.example", *[[("/primary_owner", "primary_owner_unknown")]] * 2),
        ("accounts/?publish_method=nope", *[[("/publish_method", "choice_unknown")]] * 2),
        ("lines/?parent=EU", 1, 1),
        ("lines/?parent=nope", *[[("/parent", "parent_unknown")]] * 2),
        ("lines/?tag=nope", *[[("/tag", "tag_unknown")]] * 2),
        ("observations/?metric=nope", *[[("/metric", "metric_unknown")]] * 2),
        ("observations/?account=" + str(account.public_id), 0, 0),
        ("observations/?account=" + str(UUID(int=1)), *[[("/account", "account_unknown")]] * 2),
        ("targets/?metric=nope", *[[("/metric", "metric_unknown")]] * 2),
        ("enrolments/?course=nope", *[[("/course", "course_unknown")]] * 2),
    ):
        assert (query, told(hub_call.get, query), told(call.get, query)) == (query, of_hub, of_spoke)
