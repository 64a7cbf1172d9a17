"""What came of targets: judged from the daily rollups of the line and all below it, in the target's own period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery, Sum

from coe.models import LineClosure
from metrics.enums.dictionary import Aggregation, Direction, TargetState
from metrics.models import DailyRollup, Metric, Target
from metrics.selectors.observations import unscaled


@dataclass(frozen=True)
class Outcome:
    """Where a target stands; `value` is in the metric's own unit (a ratio in percent), None without a figure in the period."""

    state: TargetState
    value: Decimal | None


def outcomes_of(targets: Iterable[Target], *, on: date) -> dict[int, Outcome]:
    """Target → outcome on a day, for targets with their metrics (two queries, whatever their number).

    Flows add up over the period, ratios divide their two sums, means divide by the number of values; a level is the sum of the
    last day of the period on which any account reported, as the chart of the metric shows it.
    """
    rows = list(targets)
    levels = [row.pk for row in rows if row.metric.aggregation == Aggregation.LAST]
    below = LineClosure.objects.filter(ancestor=OuterRef(OuterRef("line"))).values("descendant_id")
    period = DailyRollup.objects.order_by().filter(
        line_id__in=below,
        metric=OuterRef("metric"),
        on__gte=OuterRef("period_start"),
        on__lte=OuterRef("period_end"),
    )
    reached: dict[int, Decimal] = {}
    if levels:
        newest = period.values("on").order_by("-on").annotate(found=Sum("total")).values("found")[:1]
        last = Target.objects.order_by().filter(pk__in=levels).annotate(found=Subquery(newest))
        scales = {row.pk: row.metric.scale for row in rows}
        reached |= {
            pk: unscaled(found, scales[pk])
            for pk, found in last.values_list("pk", "found")
            if found is not None
        }
    sums = {row.pk: row.metric for row in rows if row.metric.aggregation != Aggregation.LAST}
    if sums:
        total = {
            name: Subquery(period.values(one=F("metric_id")).annotate(found=Sum(name)).values("found"))
            for name in ("total", "numerator", "denominator", "count")
        }
        whole = Target.objects.order_by().filter(pk__in=list(sums))
        for pk, *found in whole.values_list("pk", *total.values()):
            value = _whole(sums[pk], *found)
            if value is not None:
                reached[pk] = value
    return {row.pk: _judged(row, reached.get(row.pk), on) for row in rows}


def _whole(
    metric: Metric, total: int | None, above: int | None, below: int | None, count: int | None
) -> Decimal | None:
    if not count:
        return None
    if metric.aggregation == Aggregation.RATIO:
        return Decimal(above or 0) * 100 / Decimal(below) if below else None
    value = unscaled(total or 0, metric.scale)
    return value / count if metric.aggregation == Aggregation.MEAN else value


def _judged(target: Target, value: Decimal | None, on: date) -> Outcome:
    goal = unscaled(target.value, target.metric.scale)
    is_down = target.metric.direction == Direction.DOWN
    is_there = value is not None and (value <= goal if is_down else value >= goal)
    if target.archived_at is not None:
        state = TargetState.ARCHIVED
    elif on < target.period_start:
        state = TargetState.AHEAD
    elif is_there and (not is_down or target.period_end < on):
        # What must stay low is only sure to have stayed there when the period is over.
        state = TargetState.REACHED
    elif target.period_end >= on:
        state = TargetState.RUNNING
    else:
        state = TargetState.UNREPORTED if value is None else TargetState.MISSED
    return Outcome(state, value)
