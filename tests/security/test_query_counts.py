"""Every list, of pages, API and admin, asks the same number of questions at 1, 3 and 30 rows, and no more than is written here.

Lists are found by themselves. One without a number of its own may take MOST; a number that grows must say why in its change.
"""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import ChangeEvent, ImportProblem, Notice, SavedFilter, uuid7
from coe.services.organisation import organisation
from metrics.models import DailyRollup, Metric, Observation, Target
from tests.factories import (
    AccountFactory,
    BatchFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TagFactory,
    TokenFactory,
    UserFactory,
)
from tests.house.description import committed
from tests.house.routes.admin import ADMIN
from tests.house.routes.pages import PAGES
from tests.plugins.pages import log_in

__all__ = ["log_in"]
pytestmark = pytest.mark.django_db
SCHEMA = committed()
API_LISTS = {path for path, methods in SCHEMA["paths"].items() if "{" not in path and "get" in methods}
MOST = 16
# Path → the queries it may take for a hub lead on the staff, session and person included.
QUERIES = {
    "/": 13,
    "/lines/": 8,
    "/metrics/": 7,
    # What came of targets is one query for levels and one for the rest.
    "/metrics/followers/": 11,
    "/accounts/": 10,
    # Tags, co-owners and former handles are columns of the file; each is one query a thousand rows.
    "/accounts/export/": 6,
    "/people/": 9,
    # Who has imported may be chosen in the filter.
    "/imports/": 8,
    "/history/": 6,
    # One a kind of thing that is searched: lines, accounts, people, courses, curricula, policies, exceptions.
    "/search/?q=a": 12,
    "/exceptions/": 8,
    "/me/": 5,
    "/me/notices/": 6,
    "/me/tokens/": 6,
    "/waiting/": 8,
    "/programme/": 9,
    "/admin/coe/changeevent/": 9,
    "/admin/coe/servicetoken/": 7,
    "/admin/coe/importbatch/": 8,
    "/admin/coe/notice/": 7,
    "/admin/coe/businessline/": 7,
    "/admin/coe/user/": 8,
    "/admin/coe/roleassignment/": 7,
    "/admin/coe/tag/": 7,
    "/admin/coe/platform/": 7,
    "/admin/coe/socialaccount/": 8,
    "/admin/metrics/metric/": 7,
    "/admin/metrics/observation/": 7,
    "/admin/metrics/target/": 7,
    "/api/v1/accounts/": 5,
    "/api/v1/changes/": 3,
    "/api/v1/imports/": 4,
    "/api/v1/lines/": 5,
    "/api/v1/me/": 4,
    # Every kind of duty asks for itself: owners, requests, terms, tokens, training, certificates, targets; two of them who holds a role.
    "/api/v1/me/duties/": 28,
    "/me/duties/": 30,
    "/api/v1/metrics/": 4,
    "/api/v1/observations/": 4,
    "/api/v1/people/": 4,
    "/api/v1/platforms/": 4,
    "/api/v1/roles/": 4,
    "/api/v1/scorecards/": 6,
    "/api/v1/targets/": 4,
    "/api/v1/tokens/": 4,
    "/api/v1/verify/": 2,
}
# Pages that are no lists: forms, and what needs a demo or another role.
FORMS = {"accounts/new/", "new-line/", "people/new/", "imports/new/", "verify/", "demo/leave/", "styleguide/"}


def fill(count):
    """A company with that many rows of everything."""
    at = timezone.now()
    organisation()
    metric = Metric.objects.get_or_create(
        code="followers", defaults={"labels": {"en": "Followers"}, "aggregation": "last"}
    )[0]
    for number in range(count):
        line = LineFactory()
        line.tags.add(TagFactory())
        role = RoleFactory(line=line, role=Role.CONTRIBUTOR)
        account = AccountFactory(
            line=line,
            platform=PlatformFactory(),
            primary_owner=role.user,
            backup_owner=UserFactory(),
            emergency_contact=UserFactory(),
        )
        account.tags.add(TagFactory())
        TokenFactory(line=line, created_at=at, expires_at=at + dt.timedelta(days=9))
        batch = BatchFactory(by=role.user, line=line)
        ImportProblem.objects.create(batch=batch, row=2, code="x", message="x")
        day = dt.date(2026, 1, 1)
        Observation.objects.create(account=account, metric=metric, on=day, value=number, observed_at=at)
        DailyRollup.objects.create(line=line, metric=metric, on=day, total=number, count=1)
        Metric.objects.create(
            code=f"metric_{uuid7().hex[-8:]}", labels={"en": "M"}, aggregation="last", owner=role.user
        )
        Target.objects.create(
            line=line, metric=metric, period_start=day, period_end=dt.date(2026, 3, 31), value=1
        )
        SavedFilter.objects.create(owner=role.user, page="account-list", name="Mine", is_shared=True)
        ChangeEvent.objects.create(
            at=at, action="line.updated", object_type="coe.businessline", object_id=line.public_id, object_label="x", line_id=line.pk,
            actor_label="Ada", changes={"parent": [None, str(line.public_id)]},
        )  # fmt: skip


def asked(client, path):
    """How many queries an answer takes."""
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
        if getattr(answer, "streaming", False):
            b"".join(answer.streaming_content)
    # A settings page may be the administrator’s alone; the look-up of an address asks for the address.
    assert answer.status_code in (200, 403, 422), path
    return len(queries)


def lists():
    """Every list there is: pages without a record in their address, the API's, and those of the admin."""
    pages = {
        f"/{route}"
        for route, methods in PAGES.items()
        if "GET" in methods and "<" not in route and route not in FORMS
    }
    return sorted(
        {path for path in pages if path != "/search/"}
        | API_LISTS
        | {f"/admin/{model}/" for model in ADMIN}
        | set(QUERIES)
    )


def test_a_list_asks_the_same_at_every_length(log_in):
    client = log_in(Role.HUB_LEAD, is_staff=True)
    counts = {path: [] for path in lists()}

    for more in (1, 2, 27):
        fill(more)
        for number in range(more):
            Notice.objects.create(user=client.user, kind="x", subject=str(number))
        for path, found in counts.items():
            found.append(asked(client, path))

    assert {path: found for path, found in counts.items() if len(set(found)) > 1} == {}
    assert {path: found[0] for path, found in counts.items() if found[0] > QUERIES.get(path, MOST)} == {}
