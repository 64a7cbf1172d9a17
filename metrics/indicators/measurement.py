"""Measurement: the dictionary, the rhythm of snapshots, where values come from, and targets."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.accounts import LIVE_STATES
from coe.models import BusinessLine, SocialAccount
from metrics.enums.maturity import ReadingState
from metrics.indicators.accounts import AccountCheck, failing
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.models import AccountMonth, DailyRollup, Metric, Target
from metrics.scoring import Scope

SNAPSHOT_DAYS = 45
MONTHS = 3
KPI_WINDOW_DAYS = 31
RECENT, MONTHLY, SHARE = "accounts.snapshot_45d", "accounts.snapshot_3m", "observations.imported_share"

_ANY_MONTH = AccountMonth.objects.filter(account=OuterRef("pk")).order_by()


def _recent(moment: Moment) -> Q:
    return Q(Exists(_ANY_MONTH.filter(last_on__gte=moment.ago(SNAPSHOT_DAYS), month__lte=moment.on)))


def _each_month(moment: Moment) -> Q:
    """A snapshot in each of the three last complete months."""
    condition = Q()
    for back in range(1, MONTHS + 1):
        condition &= Q(Exists(_ANY_MONTH.filter(month=moment.month(back))))
    return condition


def _busy(lines: Lines) -> set[int]:
    return set(
        SocialAccount.objects.live()
        .filter(of_lines(lines))
        .order_by()
        .values_list("line_id", flat=True)
        .distinct()
    )


def _figures(lines: Lines, moment: Moment) -> Iterable[tuple[int, int, dt.date, int, int]]:
    """(line, complete months reported of the last three, newest figure, values, imported values) per live account with figures."""
    recent = Q(month__gte=moment.month(MONTHS))
    rows = (
        AccountMonth.objects.filter(
            of_lines(lines, "account__line"), account__state__in=LIVE_STATES, month__lte=moment.on
        )
        .order_by()
        .values_list("account_id", "account__line_id")
        .annotate(
            complete=Count("pk", filter=recent & Q(month__lte=moment.month(1))),
            newest=Max("last_on"),
            total=Sum("observations", filter=recent),
            by_machine=Sum("imported", filter=recent),
        )
    )
    for _account, line_id, complete, newest, total, by_machine in rows.iterator(chunk_size=5000):
        yield line_id, complete, newest, total or 0, by_machine or 0


@dataclass
class _Reported:
    """What the accounts of a line reported."""

    recent: int = 0
    complete: int = 0
    values: int = 0
    imported: int = 0
    newest: dt.date | None = None


def _snapshots(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Accounts with a young figure, accounts with a figure in each month, and where the values came from.

    Grouped by account and added up here: a subquery per account and condition took many times as long.
    """
    live = (
        SocialAccount.objects.live()
        .filter(of_lines(lines))
        .order_by()
        .values_list("line_id")
        .annotate(count=Count("pk"))
    )
    reported: dict[int, _Reported] = defaultdict(_Reported)
    young = moment.ago(SNAPSHOT_DAYS)
    for line_id, complete, newest, values, imported in _figures(lines, moment):
        row = reported[line_id]
        row.recent += newest >= young
        row.complete += complete >= MONTHS
        row.values += values
        row.imported += imported
        row.newest = newest if row.newest is None else max(row.newest, newest)
    return [
        _reading(code, line_id, count, reported.get(line_id))
        for line_id, count in live
        for code in sorted(codes)
    ]


def _reading(code: str, line_id: int, accounts: int, row: _Reported | None) -> Reading:
    if row is None or (code == SHARE and not row.values):
        population = None if code == SHARE else accounts
        return Reading(line_id, code, None, population, ReadingState.NO_DATA, records=accounts)
    if code == SHARE:
        return Reading(line_id, code, row.imported, row.values, evidence_on=row.newest, records=row.values)
    above = row.recent if code == RECENT else row.complete
    return Reading(
        line_id, code, above, accounts, evidence_on=row.newest if above else None, records=accounts
    )


def _typed(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """Accounts whose values are typed, the most typing first."""
    rows = (
        SocialAccount.objects.live()
        .filter(of_lines(lines), months__month__gte=moment.month(MONTHS), months__month__lte=moment.on)
        .order_by()
        .annotate(typed=Sum("months__observations") - Sum("months__imported"))
        .filter(typed__gt=0)
        .select_related("platform")
        .order_by("-typed", "pk")[:limit]
    )
    return [
        EvidenceItem(
            f"{row} · {row.platform.name}",
            _("%(count)d values were typed.") % {"count": row.typed},
            "/imports/",
            "account",
            str(row.public_id),
        )
        for row in rows
    ]


def _incomplete() -> Q:
    gaps = Q(formula="") | Q(source="") | Q(owner__isnull=True)
    return gaps | Q(aggregation="ratio") & (Q(numerator_label="") | Q(denominator_label=""))


def _dictionary(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Active metrics with formula, source and owner, and numerator and denominator where they are ratios."""
    count = Metric.objects.filter(is_active=True).exclude(_incomplete()).count()
    return [Reading(None, "metrics.dictionary_complete", count, None, records=count)]


def _undefined(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    why = _("Formula, source or owner is missing, or a ratio lacks its numerator or denominator.")
    rows = Metric.objects.filter(_incomplete(), is_active=True).order_by("code")[:limit]
    return [EvidenceItem(str(row), why, f"/metrics/{row.code}/", "metric", row.code) for row in rows]


_YOUNG = AccountCheck(
    RECENT, passing=_recent, why=gettext_lazy("No figure is younger than 45 days."), anchor="metrics"
)
_STEADY = AccountCheck(
    MONTHLY,
    passing=_each_month,
    why=gettext_lazy("Figures of one of the last three months are missing."),
    anchor="metrics",
)


def _without_recent(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return failing(_YOUNG, lines, moment, limit)


def _with_gaps(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return failing(_STEADY, lines, moment, limit)


Pair = tuple[int, int]


def _kpi_pairs(lines: Lines, moment: Moment) -> tuple[set[Pair], set[Pair]]:
    """(line, metric) pairs that are the lines' KPIs, and those of them with a target that still runs.

    A KPI is an active metric the line reported in the last month or has ever set a target for.
    """
    reported: QuerySet[DailyRollup] = DailyRollup.objects.filter(
        of_lines(lines), metric__is_active=True, on__gt=moment.ago(KPI_WINDOW_DAYS), on__lte=moment.on
    ).order_by()
    pairs = set(reported.values_list("line_id", "metric_id").distinct())
    aimed = set()
    targets = Target.objects.standing().filter(of_lines(lines), metric__is_active=True).order_by()
    for line_id, metric_id, until in targets.values_list("line_id", "metric_id", "period_end"):
        pairs.add((line_id, metric_id))
        if until >= moment.on:
            aimed.add((line_id, metric_id))
    return pairs, aimed


def _kpis(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """KPIs with a number to reach and a date that has not passed."""
    pairs, aimed = _kpi_pairs(lines, moment)
    counts: dict[int, list[int]] = {}
    for pair in pairs:
        row = counts.setdefault(pair[0], [0, 0])
        row[0] += pair in aimed
        row[1] += 1
    found = {
        line_id: Reading(line_id, "kpis.with_target", with_target, total, records=total)
        for line_id, (with_target, total) in counts.items()
    }
    for line_id in _busy(lines) - set(found):
        found[line_id] = Reading(line_id, "kpis.with_target", state=ReadingState.NO_DATA)
    return [found[line_id] for line_id in sorted(found)]


def _aimless(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    pairs, aimed = _kpi_pairs(lines, moment)
    missing = sorted(pairs - aimed)[:limit]
    names = BusinessLine.objects.in_bulk({line_id for line_id, _metric in missing})
    metrics = Metric.objects.in_bulk({metric_id for _line, metric_id in missing})
    why = _("There is no target whose date has not passed.")
    return [
        EvidenceItem(
            f"{names[line_id]} · {metrics[metric_id]}",
            why,
            f"/metrics/{metrics[metric_id].code}/",
            "metric",
            metrics[metric_id].code,
        )
        for line_id, metric_id in missing
    ]


_BOTH = frozenset({"accounts", "observations"})
INDICATORS = (
    Indicator(
        "metrics.dictionary_complete",
        _dictionary,
        _undefined,
        frozenset({"dictionary"}),
        scope=Scope.PROGRAMME,
        fix="metrics",
    ),
    Indicator(RECENT, _snapshots, _without_recent, _BOTH, fix="imports"),
    Indicator(MONTHLY, _snapshots, _with_gaps, _BOTH, fix="imports"),
    Indicator(SHARE, _snapshots, _typed, _BOTH, fix="imports"),
    Indicator(
        "kpis.with_target", _kpis, _aimless, frozenset({"targets", "observations", "accounts"}), fix="targets"
    ),
)
