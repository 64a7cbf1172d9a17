"""No answer depends on records that its reader may not see: not a row, and not a number that counts them.

A caller of one line reads every page, list, file and suggestion; then the lines around get many more records of every kind; then the
caller reads all of it again, and must be given the very same bytes.
"""

import difflib
import os
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection

from coe.enums.roles import Role
from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind
from metrics.models import Metric
from metrics.selectors.rubrics import rubric_of
from metrics.services import runs
from metrics.services.rubrics import ready_rubric
from tests.factories import AT
from tests.house.routes.admin import ADMIN
from tests.house.routes.api import API
from tests.house.routes.callers import TOKENS, WITHOUT_ROLE, come
from tests.house.routes.crowd import arrive
from tests.house.routes.matrix import body_of, path_of, taken_back, tries
from tests.house.routes.pages import PAGES
from tests.house.routes.use import IN
from tests.house.routes.world import build

pytestmark = pytest.mark.django_db

# What differs from answer to answer by itself: the token of a form.
_ITSELF = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|csrfToken: "[^"]+"|X-CSRFToken[^}]*')
# Beside the routes as they are: what narrows, counts, sorts and cuts.
ASKED = (
    "/accounts/?q=zq", "/accounts/?owner=gone", "/accounts/?owner=none", "/accounts/?mfa=off", "/accounts/?state=requested",
    "/accounts/?tag=everybody%27s", "/accounts/export/?format=json", "/people/?q=zq", "/people/export/?format=json", "/lines/?q=zq",
    "/lines/?aim=late", "/search/?q=zq", "/search/?q=more", "/search/?q=everybody", "/metrics/views/", "/metrics/?q=views",
    "/metrics/followers/?step=month", "/metrics/followers/export/?step=month", "/imports/?state=refused", "/history/?q=more",
    "/training/coverage/export/?format=json", "/verify/?url=https://x.com/nobodyhasthis", "/programme/?as_of=2026-02-01",
    "/export/lines/?format=json", "/export/metrics/?format=json",
)  # fmt: skip
ASKED_API = (
    "accounts/?limit=1", "accounts/?q=zq", "accounts/?cursor=", "accounts/?primary_owner__empty=true", "accounts/?state=requested",
    "people/?limit=1", "people/?q=zq", "people/?is_active=false", "lines/?limit=1", "lines/?q=zq", "roles/?limit=1", "tags/?limit=1",
    "observations/?limit=1", "observations/?metric=views", "targets/?limit=1", "target-stages/?limit=1", "stages/?limit=1",
    "changes/?limit=1", "imports/?limit=1", "sessions/?limit=1", "completions/?limit=1", "certificates/?limit=1",
    "exports/lines/", "exports/people/", "exports/observations/", "exports/accounts/?format=json", "journal/?limit=1", "tokens/?limit=1",
)  # fmt: skip


def peopled():
    """The company, scored, with a second metric that nobody reports yet."""
    world = build()
    world.spare_metric = Metric.objects.create(code="views", labels={"en": "Views"}, aggregation="sum")
    world.current = ready_rubric(by=Actor.system(), at=AT)
    world.criteria = rubric_of(world.current).criteria
    runs.run_inline(runs.start_run(RunKind.FULL, by=Actor.system(), at=AT), at=AT)
    return world


def addresses(who, world):
    """Everything that this caller may read."""
    for table, prefix, is_api in ((PAGES, "/", False), (API, "/api/v1/", True)):
        if who.kind != "person" and not is_api:
            continue
        for route, method, use, place in tries(table, who):
            if method == "GET" and who.expects(use, place, is_api=is_api) == IN:
                yield prefix + path_of(route, world, place)
    yield from (f"/api/v1/{path}" for path in ASKED_API)
    if who.kind != "person":
        return
    yield from ASKED
    code = world.places["own"].line.code
    yield from (f"/lines/{code}/criteria/{one.code}/" for one in world.criteria)
    for model in ADMIN:
        yield from (f"/admin/{model}/", f"/admin/{model}/?q=zq", f"/admin/{model}/?q=")
    for model in ("businessline", "user", "tag", "workingcalendar", "platform"):
        for field, of in (
            ("line", "socialaccount"),
            ("primary_owner", "socialaccount"),
            ("user", "roleassignment"),
        ):
            yield f"/admin/autocomplete/?app_label=coe&model_name={of}&field_name={field}&term={model[:1]}"


def read(who, path):
    """What is answered, without what differs by itself. Nothing is remembered from one reading to the next."""
    cache.clear()
    kept = who.call.client.cookies.copy()
    with taken_back():
        answer = who.call.get(path, X_Request_ID="the-same")
        text = f"{answer.status_code} {answer.headers.get('ETag', '')}\n{body_of(answer)}"
    # A word that waits for the next page is of that page, not of this one.
    who.call.client.cookies = kept
    return _ITSELF.sub("", text)


def told(path, before, after):
    """What of an answer changed, short enough to be read."""
    cut = re.compile(r"(?<=>)(?=<)|(?<=,)")
    lines = difflib.unified_diff(cut.split(before), cut.split(after), lineterm="", n=0)
    return f"{path}: " + " ".join(line for line in lines if not line.startswith(("---", "+++", "@@")))[:400]


# In the gate's second stage, on PostgreSQL, where only SQL differs, two callers stand for the five.
CALLERS = [Role.VIEWER, TOKENS[-1]]
if connection.vendor != "postgresql" or float(os.environ.get("PROOF_SCALE") or 1) >= 1:
    CALLERS += [Role.LINE_LEAD, Role.COUNCIL_MEMBER, WITHOUT_ROLE]


@pytest.mark.parametrize("name", CALLERS)
def test_nothing_a_spoke_reads_changes_with_what_others_have(name):
    with time_machine.travel(AT, tick=False):
        world = peopled()
        who = come(name, world, is_staff=True) if name not in TOKENS else come(name, world)
        paths = list(dict.fromkeys(addresses(who, world)))
        before = {path: read(who, path) for path in paths}
        assert len([path for path in paths if before[path].startswith("200")]) > 40
        again = [
            told(path, before[path], now) for path in paths[::7] if (now := read(who, path)) != before[path]
        ]
        arrive(world)
        changed = [
            told(path, before[path], now) for path in paths if (now := read(who, path)) != before[path]
        ]

    assert again + changed == []


# Not the feed of changes: on PostgreSQL it waits for what is not committed yet, and a test commits nothing.
SEEN_BY_THE_HUB = (
    "/", "/accounts/", "/people/", "/lines/", "/metrics/", "/imports/", "/history/", "/training/coverage/", "/tags/", "/calendars/",
    "/search/?q=more", "/accounts/export/", "/people/export/", "/export/lines/", "/metrics/followers/", "/training/sessions/",
    *(f"/api/v1/{name}/" for name in (
        "lines", "accounts", "people", "roles", "tokens", "imports", "completions", "certificates", "sessions", "observations",
        "targets", "target-stages", "stages", "journal", "exports/observations",
    )),
)  # fmt: skip


def test_whoever_sees_everything_reads_all_of_it_so_the_records_do_arrive():
    with time_machine.travel(AT, tick=False):
        world = peopled()
        who = come(Role.HUB_LEAD, world)
        before = {path: read(who, path) for path in SEEN_BY_THE_HUB}
        arrive(world)
        same = [path for path in SEEN_BY_THE_HUB if read(who, path) == before[path]]

    assert same == []
