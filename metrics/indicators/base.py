"""What an indicator is: a name for one set-based question over the records, and where its failures are put right.

A collector answers for all lines asked about at once, each from its OWN records; ancestors combine stored readings. A line
that has nothing the question is about gets no reading at all: the criterion does not apply there.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from coe.enums.lines import LineStatus
from coe.models import Organisation, SocialAccount
from metrics.enums.maturity import ReadingState
from metrics.scoring import Scope

Lines = Collection[int] | None  # None: every active line


class Combine(StrEnum):
    """How own readings of a subtree make the reading of its root."""

    SUM = "sum"
    MAX = "max"
    # Per-person counts are added over the subtree before the largest is taken: a person who owns six accounts in each of
    # two lines owns twelve under their parent, which the larger of 6 and 6 would hide.
    BUSIEST = "busiest"


@dataclass(frozen=True)
class Moment:
    """The instant a measurement is of, the day it falls on in the organisation's zone, and the settings in force."""

    at: dt.datetime
    on: dt.date
    zone: str = "UTC"
    domains: tuple[str, ...] = ()
    dormancy_days: int = 90

    def ago(self, days: int) -> dt.date:
        """The day so many days before."""
        return self.on - dt.timedelta(days=days)

    def month(self, back: int) -> dt.date:
        """The first day of the month so many months before this one."""
        months = self.on.year * 12 + self.on.month - 1 - back
        return dt.date(months // 12, months % 12 + 1, 1)

    @cached_property
    def rhythms(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The distinct dormancy limits and cadences in use.

        A comparison per distinct number of days is plain SQL on both databases; interval arithmetic per row is not.
        """
        pairs = (
            SocialAccount.objects.live()
            .order_by()
            .values_list("dormancy_limit_days", "planned_cadence_days")
            .distinct()
        )
        limits, cadences = set(), set()
        for limit, cadence in pairs:
            limits.add(limit)
            cadences.add(cadence)
        return tuple(sorted(limits - {None})), tuple(sorted(cadences - {None}))


def moment_of(at: dt.datetime, on: dt.date | None = None) -> Moment:
    """The moment of an instant (one query), or of the end of an earlier day."""
    settings = Organisation.objects.filter(pk=1).first() or Organisation()
    zone = ZoneInfo(settings.time_zone)
    today = at.astimezone(zone).date()
    if on is not None and on < today:
        at = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), zone).astimezone(
            dt.UTC
        ) - dt.timedelta(microseconds=1)
        today = on
    domains = tuple(
        sorted({str(name).strip().lower().lstrip("@") for name in settings.corporate_domains} - {""})
    )
    return Moment(at, today, settings.time_zone, domains, settings.dormancy_days)


@dataclass(frozen=True)
class Reading:
    """What a collector measured for one line (None: the programme). The value is numerator ÷ denominator, 0.8 and never 80."""

    line_id: int | None
    code: str
    numerator: int | None = None
    denominator: int | None = None
    state: str = ReadingState.OK
    evidence_on: dt.date | None = None
    records: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EvidenceItem:
    """One record that fails: what it is, what is wrong with it, and the page where that is put right."""

    label: str
    why: str
    url: str
    kind: str = "account"
    key: str = ""


Collect = Callable[[frozenset[str], Lines, Moment], Iterable[Reading]]
Evidence = Callable[[Lines, Moment, int], list[EvidenceItem]]


@dataclass(frozen=True)
class Indicator:
    """One measure. Indicators that share a `collect` are answered together by one query."""

    code: str
    collect: Collect
    evidence: Evidence
    facts: frozenset[str]
    combine: Combine = Combine.SUM
    scope: Scope = Scope.LINE
    fix: str = "accounts"


def of_lines(lines: Lines, path: str = "line") -> Q:
    """The condition that keeps rows to the lines asked about (always active ones)."""
    condition = Q(**{f"{path}__status": LineStatus.ACTIVE})
    return condition if lines is None else condition & Q(**{f"{path}_id__in": lines})
