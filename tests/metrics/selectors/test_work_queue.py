"""Piles of work: who sees which, and where each is worked off."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.enums.work import BatchState, OutboxState
from coe.models import OutboxMessage, Platform
from coe.rules.principals import Actor, principal_of
from metrics.models import Target, TargetStage
from metrics.selectors.dashboard import programme_dashboard
from metrics.selectors.rubrics import current_rubric
from metrics.selectors.work_queue import lines_late
from metrics.services.runs import run_inline, start_run
from tests.factories import BatchFactory, PlatformFactory, RoleFactory, UserFactory
from tests.metrics.world import AT, good_account, metric, organisation, tree

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def piles(principal):
    """Kind → count of what waits, accounts aside."""
    kinds = ("late", "ended", "rejected", "mails", "reviews", "gone")
    return {pile.kind: pile.count for pile in programme_dashboard(principal, AT).queue if pile.kind in kinds}


@pytest.fixture
def company():
    """Two lines below a region, each with a target stage that was due yesterday; only A has reached it."""
    organisation()
    _region, a, b = tree()
    good_account(a)
    good_account(b, mfa_state="off", primary_owner=UserFactory(is_active=False))
    run_inline(start_run(by=Actor.system(), at=AT), at=AT)
    for line in (a, b):
        TargetStage.objects.create(
            line=line,
            rubric_code=current_rubric().code,
            dimension="GOV",
            level="crawl" if line is a else "run",
            reason="x",
            due_on=AT.date() - DAY,
        )
    TargetStage.objects.create(
        line=a, rubric_code=current_rubric().code, dimension="MEA", level="run", reason="x", due_on=AT.date()
    )
    return a, b


def test_a_target_stage_is_late_when_its_day_has_passed_below_it(company):
    a, b = company
    hub = principal_of(RoleFactory(role=Role.HUB_LEAD, line=None).user, AT)
    lead = principal_of(RoleFactory(role=Role.LINE_LEAD, line=a).user, AT)

    assert [row["line_id"] for row in lines_late(hub, AT)] == [b.pk]
    assert (piles(hub)["late"], piles(lead)) == (1, {})


def test_refused_rows_wait_for_the_importer_and_for_the_hub(company):
    a, _b = company
    mine = RoleFactory(role=Role.LINE_LEAD, line=a).user
    BatchFactory(by=mine, rejected=2, state=BatchState.APPLIED, created_at=AT - DAY)
    BatchFactory(by=UserFactory(), state=BatchState.REFUSED, created_at=AT - DAY)
    BatchFactory(by=mine, rejected=2, state=BatchState.UNDONE, created_at=AT - DAY)
    BatchFactory(by=mine, rejected=2, state=BatchState.APPLIED, created_at=AT - 31 * DAY)
    hub = principal_of(RoleFactory(role=Role.HUB_LEAD, line=None).user, AT)

    assert (piles(principal_of(mine, AT)), piles(hub)["rejected"]) == ({"rejected": 1}, 2)


def test_lost_mails_and_overdue_reviews_wait_for_those_who_may_open_the_admin(company):
    for number, state in enumerate((OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.SENT)):
        OutboxMessage.objects.create(
            key=str(number), channel="email", kind="x", state=state, not_before=AT, created_at=AT
        )
    PlatformFactory(code="old", terms_review_due_on=AT.date() - DAY)
    staff = RoleFactory(role=Role.ADMINISTRATOR, line=None, user__is_staff=True).user
    other = RoleFactory(role=Role.ADMINISTRATOR, line=None).user

    assert Platform.objects.filter(terms_review_due_on__isnull=False).count() == 1
    assert piles(principal_of(staff, AT)) == {"gone": 1, "late": 1, "mails": 2, "reviews": 1}
    assert piles(principal_of(other, AT)) == {"gone": 1, "late": 1}


def test_a_target_that_ended_waits_for_those_who_set_targets_until_one_follows(company):
    a, b = company
    reach, clicks, retired = metric("reach"), metric("clicks"), metric("old", is_active=False)
    start, ended, today = AT.date() - 90 * DAY, AT.date() - DAY, AT.date()
    for line, one, since, until in (
        (a, reach, start - 90 * DAY, start - DAY),
        (a, reach, start, ended),
        (a, clicks, start, today),
        (a, retired, start, ended),
        (b, reach, start, ended),
        (b, clicks, start, ended),
        (b, clicks, start + DAY, ended),
    ):
        Target.objects.create(line=line, metric=one, period_start=since, period_end=until, value=1)
    hub = principal_of(RoleFactory(role=Role.HUB_LEAD, line=None).user, AT)
    lead = principal_of(RoleFactory(role=Role.LINE_LEAD, line=a).user, AT)
    viewer = principal_of(RoleFactory(role=Role.VIEWER, line=a).user, AT)

    assert [piles(one).get("ended", 0) for one in (hub, lead, viewer)] == [3, 1, 0]

    Target.objects.create(line=a, metric=reach, period_start=today, period_end=today + 90 * DAY, value=1)
    Target.objects.filter(line=b, metric=clicks).delete()

    assert [piles(one).get("ended", 0) for one in (hub, lead, viewer)] == [1, 0, 0]
