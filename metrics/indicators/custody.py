"""Certified accounts, exceptions that are sound, and the search for accounts nobody registered."""

import datetime as dt
from itertools import pairwise

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from coe.enums.accounts import MfaState
from coe.rules.working_time import WorkingTime
from coe.selectors.working_times import company_working_time, working_times
from governance.enums.discovery import SweepState
from governance.enums.exceptions import LONGEST_DAYS, ExceptionState
from governance.models import AccountCertification, DiscoverySweep, Finding, PolicyException
from metrics.enums.maturity import ReadingState
from metrics.indicators.accounts import AccountCheck, indicator
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.indicators.governance import confirmed_mfa
from metrics.scoring import Scope

CERTIFIED_DAYS = 365
SWEEP_DAYS = 365
TRIAGE_WINDOW_DAYS = 90
TRIAGE_BUSINESS_DAYS = 5


# --- certification


def _certified(moment: Moment) -> Q:
    """Certified within a year, under the custody the account still has."""
    return Q(
        Exists(
            AccountCertification.objects.filter(
                account=OuterRef("pk"),
                custody_revision=OuterRef("custody_revision"),
                ended_at__isnull=True,
                at__gt=moment.at - dt.timedelta(days=CERTIFIED_DAYS),
                at__lte=moment.at,
            )
        )
    )


def _excepted(moment: Moment) -> Q:
    """An exception in force names the account."""
    return Q(
        Exists(
            PolicyException.objects.filter(
                account=OuterRef("pk"),
                state=ExceptionState.ACTIVE,
                starts_at__lte=moment.at,
                expires_at__gt=moment.at,
            )
        )
    )


# --- exceptions


def _unsound(lines: Lines, moment: Moment) -> QuerySet[PolicyException]:
    """Open exceptions past their end (also those that ran out and nobody closed or renewed), too long, or lacking a part."""
    renewed = PolicyException.objects.filter(extends=OuterRef("pk"), state=ExceptionState.ACTIVE)
    lasting = Q(expires_at__gt=F("starts_at") + dt.timedelta(days=LONGEST_DAYS))
    return _exceptions(lines).filter(
        (Q(state=ExceptionState.EXPIRED) & ~Exists(renewed))
        | Q(state=ExceptionState.ACTIVE)
        & (Q(expires_at__lte=moment.at) | Q(approver__isnull=True) | Q(compensating_control="") | lasting)
    )


def _exceptions(lines: Lines) -> QuerySet[PolicyException]:
    return PolicyException.objects.filter(
        of_lines(lines), state__in=(ExceptionState.ACTIVE, ExceptionState.EXPIRED)
    ).order_by()


def _soundness(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Lines that have exceptions, and how many of these are not sound."""
    sizes = dict(_exceptions(lines).values_list("line_id").annotate(size=Count("pk")))
    bad = dict(_unsound(lines, moment).values_list("line_id").annotate(size=Count("pk")))
    return [
        Reading(line_id, "exceptions.unsound", bad.get(line_id, 0), None, records=size)
        for line_id, size in sorted(sizes.items())
    ]


def _unsound_items(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = _unsound(lines, moment).order_by("expires_at", "pk")[:limit]
    return [
        EvidenceItem(
            str(row),
            _("It is past its end: close it or ask for a new one.")
            if row.expires_at <= moment.at
            else _("It lasts too long, or its approver or compensating control is missing."),
            row.get_absolute_url(),
            "exception",
            str(row.public_id),
        )
        for row in rows
    ]


# --- discovery


def _sweeps(moment: Moment) -> list[dt.datetime]:
    """When the completed sweeps of the last year ended, earliest first."""
    since = moment.at - dt.timedelta(days=SWEEP_DAYS)
    rows = DiscoverySweep.objects.filter(
        state=SweepState.COMPLETED, completed_at__gt=since, completed_at__lte=moment.at
    )
    return list(rows.order_by("completed_at").values_list("completed_at", flat=True))


def _longest_gap(ends: list[dt.datetime], moment: Moment) -> int:
    """Whole days of the longest time without a sweep, the time since the last one included."""
    return max((after - before).days for before, after in pairwise([*ends, moment.at]))


def _findings(moment: Moment) -> list[tuple[Finding, dt.datetime]]:
    """Findings of the window with the instant by which each had to be judged; those still in time and unjudged are left out."""
    since = moment.at - dt.timedelta(days=TRIAGE_WINDOW_DAYS)
    rows = list(
        Finding.objects.filter(found_at__gt=since, found_at__lte=moment.at)
        .select_related("platform")
        .order_by("found_at", "pk")
    )
    kept: dict[int | None, WorkingTime] = dict(working_times(row.line_id for row in rows if row.line_id))
    if any(row.line_id is None for row in rows):
        kept[None] = company_working_time()
    found = []
    for row in rows:
        due = kept[row.line_id].after_days(row.found_at, TRIAGE_BUSINESS_DAYS)
        if due is not None and (row.triaged_at is not None or due <= moment.at):
            found.append((row, due))
    return found


def _in_time(row: Finding, due: dt.datetime) -> bool:
    return row.triaged_at is not None and row.triaged_at <= due


def _discovery(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Sweeps, the gap between them, and how fast findings are judged: once for the programme."""
    found = []
    ends = _sweeps(moment)
    latest = ends[-1].date() if ends else None
    if "discovery.sweeps" in codes:
        found.append(
            Reading(None, "discovery.sweeps", len(ends), None, evidence_on=latest, records=len(ends))
        )
    if "discovery.longest_gap_days" in codes:
        if ends:
            gap = _longest_gap(ends, moment)
            found.append(
                Reading(None, "discovery.longest_gap_days", gap, None, evidence_on=latest, records=len(ends))
            )
        else:
            found.append(Reading(None, "discovery.longest_gap_days", state=ReadingState.NO_DATA))
    if "discovery.triaged_in_time" in codes:
        rows = _findings(moment)
        if rows:
            good = sum(1 for row, due in rows if _in_time(row, due))
            newest = max((row.triaged_at.date() for row, _due in rows if row.triaged_at), default=None)
            found.append(
                Reading(
                    None,
                    "discovery.triaged_in_time",
                    good,
                    len(rows),
                    evidence_on=newest,
                    records=len(rows),
                )
            )
    return found


def _untriaged(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    why = _("It was not judged within five business days.")
    late = [row for row, due in _findings(moment) if not _in_time(row, due)][:limit]
    return [
        EvidenceItem(
            f"{row} · {row.platform.name}", why, row.get_absolute_url(), "finding", str(row.public_id)
        )
        for row in late
    ]


def _gaps(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """That no sweep was completed, or how long the last one is ago."""
    ends = _sweeps(moment)
    if not ends:
        why = _("No sweep was completed within a year.")
    else:
        days = (moment.at - ends[-1]).days
        why = ngettext(
            "The last one ended %(days)d day ago.", "The last one ended %(days)d days ago.", days
        ) % {"days": days}
    return [EvidenceItem(_("Discovery sweeps"), why, "/discovery/sweeps/", "sweep")][:limit]


_DISCOVERY = frozenset({"discovery"})
INDICATORS = (
    indicator(
        AccountCheck(
            "accounts.certified_12m",
            passing=_certified,
            why=gettext_lazy("It was not certified within a year, or its custody changed since."),
            facts=frozenset({"accounts", "certification"}),
            anchor="certification",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.mfa_or_excepted",
            population=lambda moment: Q(platform__is_mfa_capable=True),
            passing=lambda moment: confirmed_mfa(moment) | _excepted(moment),
            recorded=lambda moment: ~Q(mfa_state=MfaState.UNKNOWN) | _excepted(moment),
            why=gettext_lazy("The second factor is not confirmed, and no exception is in force."),
            facts=frozenset({"accounts", "platforms", "exceptions"}),
            anchor="custody",
        )
    ),
    Indicator("exceptions.unsound", _soundness, _unsound_items, frozenset({"exceptions"}), fix="exceptions"),
    Indicator("discovery.sweeps", _discovery, _gaps, _DISCOVERY, scope=Scope.PROGRAMME, fix="discovery"),
    Indicator(
        "discovery.longest_gap_days", _discovery, _gaps, _DISCOVERY, scope=Scope.PROGRAMME, fix="discovery"
    ),
    Indicator(
        "discovery.triaged_in_time",
        _discovery,
        _untriaged,
        _DISCOVERY,
        scope=Scope.PROGRAMME,
        fix="discovery",
    ),
)
