"""What holds of every address of the API, walked over all of them, so that a new one keeps to it or fails here."""

import pytest
from django.urls import get_resolver

from coe.api.base.queries import SUFFIXES
from coe.api.base.views import HubView
from coe.enums.roles import Role
from coe.models import ChangeEvent, IdempotencyRecord
from governance.models import AccessRule, Acknowledgement, AcknowledgementCampaign, PolicyCourse
from tests.house.routes.api import API
from tests.house.routes.callers import come
from tests.house.routes.matrix import path_of, taken_back
from tests.plugins.worlds import kept_world, world as marked_world

__all__ = ["kept_world", "marked_world"]
pytestmark = pytest.mark.django_db
# A view is forgotten by its owner alone, so no second writer can be in between.
WITHOUT_REVISION = {("DELETE", "views/<uuid:public_id>/")}
# Needs a rubric that is current; see tests/metrics/api/test_maturity.py.
NEEDS_RUBRIC = {("PATCH", "target-stages/<uuid:public_id>/")}
SAMPLES = {
    "string": "a", "integer": "1", "date": "2026-01-31", "datetime": "2026-01-31T00:00:00Z", "boolean": "true",
    "uuid": "0190f3c4-0000-7000-8000-000000000000",
}  # fmt: skip


def views(patterns=None, prefix=""):
    """Every address of the API with its view."""
    for pattern in get_resolver("config.api_urls").url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from views(pattern.url_patterns, route)
        elif issubclass(view := getattr(pattern.callback, "view_class", object), HubView):
            yield route, view


def routes(method, wanted):
    """Addresses that take a method, chosen by their operation and resource."""
    return sorted(
        {
            route
            for route, view in views()
            if method in view.operations
            and hasattr(view, method.lower())
            and wanted(view.operations[method], getattr(view, "resource", None))
        }
    )


LISTS = routes("GET", lambda operation, resource: operation.is_list and resource is not None)
# What is told of a record and is none itself: a text to accept, how far a campaign is, what changed between two versions.
NO_RECORD = {
    "certification-campaigns/<uuid:public_id>/progress/",
    "policies/<slug:code>/acknowledge/",
    "policies/<slug:code>/versions/<str:number>/changes/",
}
DETAILS = sorted(
    set(routes("GET", lambda operation, resource: not operation.is_list and resource is not None)) - NO_RECORD
)
POSTS = routes("POST", lambda operation, resource: True)
WRITES = [
    (method, route)
    for method in ("PATCH", "DELETE")
    for route in routes(method, lambda operation, resource: not operation.takes_array)
    if (method, route) not in WITHOUT_REVISION | NEEDS_RUBRIC
]
RESOURCES = {route: view.resource for route, view in views() if route in LISTS}


@pytest.fixture
def world(marked_world):
    """The company of marks with the records of governance that belong to the company as a whole."""
    made, version, at = marked_world, marked_world.policy_version, marked_world.at
    made.access_rule = AccessRule.objects.create(level="advertiser", course=made.course, key="x")
    made.policy_course = PolicyCourse.objects.create(policy=version.policy, course=made.course)
    made.campaign = AcknowledgementCampaign.objects.create(name="Yearly", starts_at=at, due_at=made.until)
    made.acknowledgement = Acknowledgement.objects.create(
        version=version, person=made.places["own"].person, answer="accepted", language="en", sha256="0" * 64, at=at,
        person_name="x",
    )  # fmt: skip
    return made


@pytest.fixture
def admin(world):
    """Whoever may do everything."""
    return come(Role.ADMINISTRATOR, world)


def ask(who, world, method, route, query="", body=None, **headers):
    """One request about the record of `own`."""
    return who.call(method, f"/api/v1/{path_of(route, world, 'own')}{query}", body, **headers)


@pytest.mark.parametrize("route", DETAILS)
def test_a_record_is_sent_once_and_again_when_it_differs(world, admin, route):
    first = ask(admin, world, "GET", route)
    known = ask(admin, world, "GET", route, If_None_Match=first["ETag"])
    other = ask(admin, world, "GET", route, If_None_Match='"0-000000000000"')
    some = ask(admin, world, "GET", route, "?fields=url")

    assert (first.status_code, known.status_code, known.content, other.status_code) == (200, 304, b"", 200)
    assert (known["ETag"], some["ETag"], list(some.json())) == (first["ETag"], first["ETag"], ["url"])
    assert {"id", "url"} <= set(first.json()) or "url" in first.json()


@pytest.mark.parametrize(("method", "route"), WRITES)
def test_a_write_meant_for_an_older_revision_is_refused_everywhere(world, admin, method, route):
    body = None if method == "DELETE" else API[route][method].sent(world, "own")
    before = ChangeEvent.objects.count()

    late = ask(admin, world, method, route, body=body, If_Match='"999999-abc"')
    foreign = ask(admin, world, method, route, body=body, If_Match='"nonsense"')

    assert (late.status_code, foreign.status_code) == (412, 412)
    assert (late["Content-Type"], late.json()["status"]) == ("application/problem+json", 412)
    assert ChangeEvent.objects.count() == before


@pytest.mark.parametrize("route", routes("PATCH", lambda operation, resource: not operation.takes_array))
def test_why_lands_in_the_history_everywhere(world, admin, route):
    known = set(ChangeEvent.objects.values_list("pk", flat=True))

    ask(
        admin,
        world,
        "PATCH",
        route,
        body=API[route]["PATCH"].sent(world, "own"),
        X_Change_Message="walked",
        X_Request_ID="walk-0001",
    )

    fresh = ChangeEvent.objects.exclude(pk__in=known).values_list("why", "request_id")
    assert set(fresh) <= {("walked", "walk-0001")}


@pytest.mark.parametrize("route", POSTS)
def test_every_post_may_be_repeated(world, admin, route):
    body = dict(API[route]["POST"].sent(world, "own"))
    with taken_back():
        first = ask(admin, world, "POST", route, body=body, Idempotency_Key="k1")
        again = ask(admin, world, "POST", route, body=body, Idempotency_Key="k1")
        other = ask(
            admin, world, "POST", route, body={**body, "change_message": "another"}, Idempotency_Key="k1"
        )
        IdempotencyRecord.objects.update(status=None)
        waiting = ask(admin, world, "POST", route, body=body, Idempotency_Key="k1")

        assert first.status_code < 500
        assert (again.status_code, again["Idempotency-Replayed"]) == (first.status_code, "true")
        # A secret is shown once; all else is told again as it was.
        assert (
            {**again.json(), "secret": 0} == {**first.json(), "secret": 0}
            if "secret" in first.json()
            else again.json() == first.json()
        )
        assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "key_reused")
        assert (waiting.status_code, waiting.json()["type"].rsplit("/", 1)[-1]) == (409, "in_flight")


@pytest.mark.parametrize("route", LISTS)
def test_every_list_speaks_the_same_query(world, admin, route):
    resource = RESOURCES[route]
    names = [field.name for field in resource.fields]

    page = ask(admin, world, "GET", route, "?limit=1")
    assert (page.status_code, list(page.json())) == (200, ["count", "next", "previous", "results"])
    assert len(page.json()["results"]) <= 1
    assert page["RateLimit-Limit"].isdigit()
    some = ask(admin, world, "GET", route, f"?fields={names[0]},{names[-1]}").json()["results"]
    assert all(list(one) == list(dict.fromkeys((names[0], names[-1]))) for one in some)
    assert all(
        names[0] not in one for one in ask(admin, world, "GET", route, f"?omit={names[0]}").json()["results"]
    )
    for name in resource.ordering or {}:
        up, down = (
            ask(admin, world, "GET", route, f"?ordering={sign}{name}&limit=1000").json() for sign in ("", "-")
        )
        assert up["count"] == down["count"]
    for refused in ("nope=1", "fields=nope", "omit=nope", "ordering=nope", "limit=0", "cursor=nope"):
        answer = ask(admin, world, "GET", route, f"?{refused}", X_Request_ID="walk-0002")
        problem = answer.json()
        assert (answer.status_code, answer["Content-Type"], problem["request_id"]) == (
            422,
            "application/problem+json",
            "walk-0002",
        )
        assert (problem["errors"][0]["pointer"], answer["X-Request-ID"]) == (
            f"/{refused.split('=')[0]}",
            "walk-0002",
        )


@pytest.mark.parametrize("route", LISTS)
def test_every_list_is_read_whole_by_its_cursor(world, admin, route):
    whole = ask(admin, world, "GET", route, "?limit=1000").json()["results"]
    page, seen = ask(admin, world, "GET", route, "?cursor=&limit=2").json(), []

    while True:
        seen += page["results"]
        if page["next"] is None:
            break
        page = admin.call.get(page["next"]).json()

    assert sorted(map(repr, seen)) == sorted(map(repr, whole))


@pytest.mark.parametrize("route", LISTS)
def test_every_filter_of_every_list_works(world, admin, route):
    failed = []
    for one in RESOURCES[route].filters:
        sample = str(one.choices.values[-1]) if one.choices is not None else SAMPLES[one.kind]
        for suffix in ("", *SUFFIXES[one.kind]):
            query = f"?{one.name}{'__' + suffix if suffix else ''}={'true' if suffix == 'empty' else sample}"
            status = ask(admin, world, "GET", route, query).status_code
            # A name that nobody knows is refused; every other sample is a value.
            is_named = one.relation is not None and suffix in ("", "in")
            if status != (422 if is_named else 200):
                failed.append((query, status))

    assert failed == []
