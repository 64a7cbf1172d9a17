"""When readings of learning change by the clock alone: a briefing turns a year old, a lapsed certificate has been missed too long.

One timer for each window, at the next instant at which somebody crosses it. Set whenever training changed, and by its own firing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet

from coe.models import RoleAssignment
from coe.services.facts import note_facts
from coe.services.timers import set_timers
from metrics.indicators.learning import CRISIS, EXECUTIVE, YEAR_DAYS
from training.models import Certificate, Completion

# The kind of timer (metrics/engine/windows.py); its subjects are the briefings' course codes, and LAPSE.
WINDOWS = "learning.windows"
LAPSE = "lapse"
BRIEFINGS = (CRISIS, EXECUTIVE)
SUBJECTS = (*BRIEFINGS, LAPSE)
# TRN-R1 allows 30 whole days without a certificate; the thirty-first is too many.
LAPSE_DAYS = 31


def _open(subject: str) -> timedelta:
    return timedelta(days=LAPSE_DAYS if subject == LAPSE else YEAR_DAYS)


def _briefed(course_key: str) -> QuerySet[Completion]:
    return Completion.objects.standing().filter(course__code_key=course_key)


def next_crossing(subject: str, *, at: datetime) -> datetime | None:
    """The first instant after `at` at which somebody crosses a window; None while nobody will (one query, two for LAPSE)."""
    since = at - _open(subject)
    if subject == LAPSE:
        starts = [
            Certificate.objects.filter(revoked_at__gt=since).aggregate(first=Min("revoked_at"))["first"],
            Certificate.objects.filter(revoked_at__isnull=True, expires_at__gt=since).aggregate(
                first=Min("expires_at")
            )["first"],
        ]
    else:
        starts = [
            _briefed(subject).filter(achieved_at__gt=since).aggregate(first=Min("achieved_at"))["first"]
        ]
    first = min((start for start in starts if start is not None), default=None)
    return None if first is None else first + _open(subject)


def wind_windows(*, at: datetime) -> None:
    """Set each window's timer to its next crossing. Safe at any time: a timer that stands there already is left alone."""
    due = {subject: instant for subject in SUBJECTS if (instant := next_crossing(subject, at=at)) is not None}
    set_timers(WINDOWS, due=due, at=at)


def note_crossings(subject: str, *, since: datetime, at: datetime) -> None:
    """Tell the lines of those who crossed a window from `since` up to now, both included."""
    first, last = since - _open(subject), at - _open(subject)
    if subject == LAPSE:
        crossed = Certificate.objects.filter(
            Q(revoked_at__range=(first, last)) | Q(revoked_at__isnull=True, expires_at__range=(first, last))
        ).values("user_id")
    else:
        crossed = _briefed(subject).filter(achieved_at__range=(first, last)).values("user_id")
    lines: Iterable[int] = (
        RoleAssignment.objects.current(at)
        .filter(user_id__in=crossed, line__isnull=False)
        .order_by()
        .values_list("line_id", flat=True)
        .distinct()
    )
    note_facts([(line_id, "training") for line_id in lines], at=at)
