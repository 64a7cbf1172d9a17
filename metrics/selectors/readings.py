"""What was measured, combined over subtrees: the database adds up, Python only sees one row per line and indicator."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from coe.models import LineClosure
from metrics.enums.maturity import ReadingState
from metrics.models import IndicatorReading
from metrics.scoring import IndicatorValue, ValueState

Values = dict[str, IndicatorValue]
NOT_APPLICABLE = IndicatorValue(state=ValueState.NOT_APPLICABLE)

_MEASURED = Q(state=ReadingState.OK)
_COUNTED = ~Q(state=ReadingState.ERROR)
_SUMS: dict[str, Any] = {
    "errors": Count("pk", filter=Q(state=ReadingState.ERROR)),
    "known": Count("pk", filter=_MEASURED),
    "above": Sum("numerator", filter=_MEASURED),
    # A line without data still brings its population: losing data must not improve an ancestor.
    "below": Sum("denominator", filter=_COUNTED),
    "newest": Max("evidence_on"),
    "seen": Sum("records"),
}


def _added(row: dict[str, Any]) -> IndicatorValue:
    frame: dict[str, Any] = {"evidence_on": row["newest"], "records": row["seen"] or 0}
    if row["errors"]:
        return IndicatorValue(state=ValueState.ERROR, **frame)
    if not row["known"]:
        return IndicatorValue(denominator=row["below"], state=ValueState.NO_DATA, **frame)
    return IndicatorValue(numerator=row["above"], denominator=row["below"], **frame)


def _largest(rows: list[dict[str, Any]]) -> IndicatorValue:
    """The largest quotient of a subtree; one line that does not report makes it "no data"."""
    frame: dict[str, Any] = {
        "evidence_on": max((row["evidence_on"] for row in rows if row["evidence_on"]), default=None),
        "records": sum(row["records"] for row in rows),
    }
    states = {row["state"] for row in rows}
    if ReadingState.ERROR in states:
        return IndicatorValue(state=ValueState.ERROR, **frame)
    if ReadingState.NO_DATA in states:
        return IndicatorValue(state=ValueState.NO_DATA, **frame)
    values = [IndicatorValue(row["numerator"], row["denominator"]) for row in rows]
    best = max(values, key=lambda value: (value.quotient() or 0, value.denominator or 0))
    return IndicatorValue(best.numerator, best.denominator, **frame)


def _busiest(rows: list[dict[str, Any]]) -> IndicatorValue:
    """Add each owner's accounts over the subtree, then take the owner with most."""
    records = sum(row["records"] for row in rows)
    if any(row["state"] == ReadingState.ERROR for row in rows):
        return IndicatorValue(state=ValueState.ERROR, records=records)
    owned: dict[str, int] = defaultdict(int)
    for row in rows:
        for owner, count in row["detail"].get("owners", {}).items():
            owned[owner] += count
    if not owned:
        return IndicatorValue(state=ValueState.NO_DATA, records=records)
    return IndicatorValue(max(owned.values()), records=records)


_ROW = ("indicator", "numerator", "denominator", "state", "evidence_on", "records", "detail")


def combined_values(
    lines: Collection[int] | None,
    *,
    largest: Iterable[str],
    busiest: Iterable[str],
    at: dt.datetime | None = None,
) -> dict[int, Values]:
    """Values of the subtrees of these lines (None: all), as known at an instant (None: now); two queries.

    `largest` and `busiest` name the indicators that do not simply add up. A line that has no value for an indicator has
    nothing that it is about.
    """
    apart = dict.fromkeys(largest, _largest) | dict.fromkeys(busiest, _busiest)
    known: QuerySet[IndicatorReading] = IndicatorReading.objects.known(at).order_by()
    known = known.filter(line__isnull=False)
    key = "line__ancestor_links__ancestor_id"
    if lines is not None:
        known = known.filter(**{f"{key}__in": lines})
    found: dict[int, Values] = defaultdict(dict)
    for row in known.exclude(indicator__in=apart).values(key, "indicator").annotate(**_SUMS):
        found[row[key]][row["indicator"]] = _added(row)
    groups: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in known.filter(indicator__in=apart).values(key, *_ROW):
        groups[row[key], row["indicator"]].append(row)
    for (line_id, code), rows in groups.items():
        found[line_id][code] = apart[code](rows)
    return found


def programme_values(
    *, largest: Iterable[str], busiest: Iterable[str], at: dt.datetime | None = None
) -> Values:
    """Values over all lines, and what is measured once for the programme (three queries)."""
    apart = dict.fromkeys(largest, _largest) | dict.fromkeys(busiest, _busiest)
    known = IndicatorReading.objects.known(at).order_by()
    lines = known.filter(line__isnull=False)
    found = {
        row["indicator"]: _added(row)
        for row in lines.exclude(indicator__in=apart).values("indicator").annotate(**_SUMS)
    }
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in lines.filter(indicator__in=apart).values(*_ROW):
        groups[row["indicator"]].append(row)
    found |= {code: apart[code](rows) for code, rows in groups.items()}
    for row in known.filter(line__isnull=True).values(*_ROW):
        found[row["indicator"]] = IndicatorValue(
            numerator=row["numerator"],
            denominator=row["denominator"],
            evidence_on=row["evidence_on"],
            records=row["records"],
            state=ValueState(row["state"]),
        )
    return found


def ancestors_of(lines: Iterable[int]) -> set[int]:
    """These lines and every line above them."""
    return set(LineClosure.objects.filter(descendant_id__in=set(lines)).values_list("ancestor_id", flat=True))


def subtree_of(line_id: int) -> list[int]:
    """A line and every line below it."""
    return list(
        LineClosure.objects.filter(ancestor_id=line_id).order_by().values_list("descendant_id", flat=True)
    )
