"""Measurement: the dictionary, the rhythm of snapshots, where values come from, and targets."""

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _, gettext_lazy

from coe.models import BusinessLine, SocialAccount
from metrics.enums.maturity import ReadingState
from metrics.indicators.accounts import AccountCheck, indicator
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.models import AccountMonth, DailyRollup, Metric, Target
from metrics.scoring import Scope

SNAPSHOT_DAYS = 45
MONTHS = 3
KPI_WINDOW_DAYS = 31

_ANY_MONTH = AccountMonth.objects.filter(account=OuterRef("pk")).order_by()


def _recent(moment: Moment) -> Q:
    return Q(Exists(_ANY_MONTH.filter(last_on__gte=moment.ago(SNAPSHOT_DAYS), month__lte=moment.on)))


def _each_month(moment: Moment) -> Q:
    """A snapshot in each of the three last complete months."""
    condition = Q()
    for back in range(1, MONTHS + 1):
        condition &= Q(Exists(_ANY_MONTH.filter(month=moment.month(back))))
    return condition


def _ever(moment: Moment) -> Q:
    return Q(Exists(_ANY_MONTH.filter(month__lte=moment.on)))


def _newest(moment: Moment) -> Subquery:
    newest = (
        _ANY_MONTH.filter(month__lte=moment.on)
        .values("account")
        .annotate(newest=Max("last_on"))
        .values("newest")
    )
    return Subquery(newest)


def _busy(lines: Lines) -> set[int]:
    return set(
        SocialAccount.objects.live()
        .filter(of_lines(lines))
        .order_by()
        .values_list("line_id", flat=True)
        .distinct()
    )


def _imported(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Values of live accounts in this and the three months before: how many of them were imported rather than typed."""
    rows = (
        AccountMonth.objects.filter(
            of_lines(lines, "account__line"),
            account__in=SocialAccount.objects.live().values("pk"),
            month__gte=moment.month(MONTHS),
            month__lte=moment.on,
        )
        .order_by()
        .values_list("account__line_id")
        .annotate(values=Sum("observations"), imported=Sum("imported"), newest=Max("last_on"))
    )
    found = {
        line_id: Reading(
            line_id, "observations.imported_share", imported, values, evidence_on=newest, records=values
        )
        for line_id, values, imported, newest in rows
        if values
    }
    for line_id in _busy(lines) - set(found):
        found[line_id] = Reading(line_id, "observations.imported_share", state=ReadingState.NO_DATA)
    return [found[line_id] for line_id in sorted(found)]


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
    targets = Target.objects.filter(of_lines(lines), metric__is_active=True).order_by()
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
    indicator(
        AccountCheck(
            "accounts.snapshot_45d",
            passing=_recent,
            recorded=_ever,
            dated=_newest,
            why=gettext_lazy("No figure is younger than 45 days."),
            facts=_BOTH,
            anchor="metrics",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.snapshot_3m",
            passing=_each_month,
            recorded=_ever,
            dated=_newest,
            why=gettext_lazy("Figures of one of the last three months are missing."),
            facts=_BOTH,
            anchor="metrics",
        )
    ),
    Indicator("observations.imported_share", _imported, _typed, _BOTH, fix="imports"),
    Indicator(
        "kpis.with_target", _kpis, _aimless, frozenset({"targets", "observations", "accounts"}), fix="targets"
    ),
)
