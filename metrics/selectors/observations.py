"""Reading observations: series with the right aggregation, freshness, and the rows of the export. Missing days stay missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from coe.models import BusinessLine, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope, scope_filter
from metrics.enums.dictionary import Aggregation
from metrics.models import DailyRollup, Metric, Observation

EXPORT_COLUMNS = ("line", "platform", "handle", "url", "metric", "date", "value", "numerator", "denominator")


@dataclass(frozen=True)
class Point:
    """One point of a series; `value` is exact, a ratio's is numerator over denominator (as a fraction of one)."""

    on: date
    value: Decimal
    count: int


def unscaled(value: int, scale: int) -> Decimal:
    """The number people mean by a stored integer."""
    return Decimal(value).scaleb(-scale) if scale else Decimal(value)


def _point(metric: Metric, on: date, total: int, above: int, below: int, count: int) -> Point | None:
    if metric.aggregation == Aggregation.RATIO:
        return Point(on, Decimal(above) / Decimal(below), count) if below else None
    if metric.aggregation == Aggregation.MEAN:
        return Point(on, unscaled(total, metric.scale) / count, count) if count else None
    return Point(on, unscaled(total, metric.scale), count)


def line_series(
    metric: Metric, *, principal: Principal, since: date, until: date, line: BusinessLine | None = None
) -> list[Point]:
    """Day by day, what a line and all below it add up to (None: all the caller's lines). One query.

    A level (`last`) is the sum over accounts of that very day's values: accounts that did not report on a day are not in it,
    and `count` says how many are.
    """
    rows = DailyRollup.objects.filter(
        metric=metric, on__gte=since, on__lte=until, line__in=lines_in_scope(principal).values("pk")
    )
    if line is not None:
        rows = rows.filter(line__ancestor_links__ancestor=line)
    sums = (
        rows.order_by("on")
        .values_list("on")
        .annotate(t=Sum("total"), a=Sum("numerator"), b=Sum("denominator"), c=Sum("count"))
    )
    points = (_point(metric, on, t, a, b, c) for on, t, a, b, c in sums)
    return [point for point in points if point is not None]


def account_series(
    account: SocialAccount, metric: Metric, *, principal: Principal, since: date, until: date
) -> list[Point]:
    """Day by day, what one account in scope reported. One query."""
    rows = Observation.objects.filter(
        account=account,
        account__in=accounts_in_scope(principal).values("pk"),
        metric=metric,
        on__gte=since,
        on__lte=until,
    ).order_by("on")
    points = (
        _point(metric, on, value or 0, above or 0, below or 0, 1)
        for on, value, above, below in rows.values_list("on", "value", "numerator", "denominator")
    )
    return [point for point in points if point is not None]


def stepped(points: list[Point], metric: Metric, *, step: str) -> list[Point]:
    """Days as weeks or months: flows add up, levels keep their last day, means and ratios of a step show its last day too.

    Ratios and means of longer spans need their sums, which points no longer have; the last day is honest, a mean of quotients is not.
    """
    if step == "day":
        return points
    found: dict[date, Point] = {}
    for point in points:
        start = point.on.replace(day=1) if step == "month" else point.on - timedelta(days=point.on.weekday())
        before = found.get(start)
        if before is not None and metric.aggregation == Aggregation.SUM:
            point = Point(point.on, before.value + point.value, before.count + point.count)
        found[start] = point
    return [Point(start, point.value, point.count) for start, point in sorted(found.items())]


def observations_visible_to(principal: Principal) -> QuerySet[Observation]:
    """Observations in the caller's scope: of its accounts (co-owned ones too) and of its lines."""
    if principal.sees_all:
        return Observation.objects.all()
    lines = scope_filter(principal, "line")
    of_accounts = Observation.objects.filter(account__in=accounts_in_scope(principal).values("pk"))
    return (
        of_accounts | Observation.objects.filter(lines, line__isnull=False)
        if lines is not None
        else of_accounts
    )


def export_rows(
    principal: Principal, line: BusinessLine | None = None
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Observations of the caller's own lines as rows of the export, streamed, in a stable order."""
    lines = lines_in_scope(principal)
    if line is not None:
        lines = lines.filter(ancestor_links__ancestor=line)
    return observation_rows(lines)


def observation_rows(
    lines: QuerySet[BusinessLine],
    *,
    metric: Metric | None = None,
    since: date | None = None,
    until: date | None = None,
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """What lines and their accounts reported, of one metric or all, in a span of days (both included), as `export_rows` tells it."""
    ids = lines.order_by().values("pk")
    asked: dict[str, Any] = {"metric": metric, "on__gte": since, "on__lte": until}
    told = {name: value for name, value in asked.items() if value is not None}
    rows = (
        (Observation.objects.filter(account__line__in=ids) | Observation.objects.filter(line__in=ids))
        .filter(**told)
        .order_by("on", "metric__code", "pk")
        .values_list(
            F("account__line__code"), "line__code", "account__platform__code", "account__handle", "account__url", "metric__code",
            "metric__scale", "on", "value", "numerator", "denominator",
        )
    )  # fmt: skip
    return EXPORT_COLUMNS, (_row(row) for row in rows.iterator(chunk_size=2000))


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    owner, line, platform, handle, url, metric, scale, on, *numbers = row
    told = ["" if one is None else f"{unscaled(one, scale):f}" for one in numbers]
    return (owner or line, platform or "", handle or "", url or "", metric, on.isoformat(), *told)
