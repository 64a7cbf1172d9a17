"""How an ancestor's value comes from stored values of its subtree, without touching a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any

from metrics.scoring.model import IndicatorValue, ValueState


class How(StrEnum):
    """The ways values of lines combine to the value of their common ancestor."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    UNION_COUNT = "union-count"


def _frame(values: Sequence[IndicatorValue]) -> dict[str, Any]:
    return {
        "evidence_on": max((v.evidence_on for v in values if v.evidence_on), default=None),
        "records": sum(v.records for v in values),
    }


def _sum(known: Sequence[IndicatorValue], missing: Sequence[IndicatorValue]) -> IndicatorValue:
    """Add numerators and denominators; a line without data still brings its population."""
    if any(v.numerator is None for v in known):
        raise ValueError("A sum needs numerators; combine bare values by max or min.")
    numerator = sum(v.numerator or 0 for v in known)
    if all(v.denominator is None for v in known):
        return IndicatorValue(numerator=numerator)
    if any(v.denominator is None for v in known):
        raise ValueError("A sum needs a denominator in all values or in none.")
    denominator = sum(v.denominator or 0 for v in (*known, *missing))
    return IndicatorValue(numerator=numerator, denominator=denominator)


def _union(known: Sequence[IndicatorValue]) -> IndicatorValue:
    if any(v.members is None for v in known):
        raise ValueError("A union-count needs the members of every value.")
    members = frozenset().union(*(v.members or () for v in known))
    populations = [v.population for v in known if v.population is not None]
    if populations and len(populations) != len(known):
        raise ValueError("A union-count needs the population of all values or of none.")
    population = frozenset().union(*populations) if populations else None
    return IndicatorValue(
        numerator=len(members),
        denominator=None if population is None else len(population),
        members=members,
        population=population,
    )


def combine(values: Iterable[IndicatorValue], how: How | str) -> IndicatorValue:
    """Combine the own values of a line and its descendants; the order does not matter.

    One error makes the whole an error. Lines where it does not apply are left out. Lines without data
    add nothing to the numerator, but a sum keeps the denominator they report: losing data must not
    improve an ancestor. A denominator of 0 in the result means "not applicable", as everywhere.

    :raises ValueError: the values lack what this way of combining needs, or the way is unknown.
    """
    way = How(how)
    everything = list(values)
    frame = _frame(everything)
    if any(v.state == ValueState.ERROR for v in everything):
        first = next(v for v in everything if v.state == ValueState.ERROR)
        return IndicatorValue(state=ValueState.ERROR, detail=first.detail, **frame)
    applicable = [v for v in everything if v.state != ValueState.NOT_APPLICABLE and v.denominator != 0]
    known = [v for v in applicable if v.state == ValueState.OK]
    missing = [v for v in applicable if v.state != ValueState.OK]
    if not applicable:
        return IndicatorValue(state=ValueState.NOT_APPLICABLE, **frame)
    if not known:
        sizes = [v.denominator for v in missing if v.denominator is not None]
        total = sum(sizes) if way is How.SUM and sizes else None
        return IndicatorValue(denominator=total, state=ValueState.NO_DATA, **frame)
    if way is How.SUM:
        whole = _sum(known, missing)
    elif way is How.UNION_COUNT:
        whole = _union(known)
    else:
        measured = [v for v in known if v.quotient() is not None]
        if not measured:
            return IndicatorValue(state=ValueState.NO_DATA, **frame)
        pick = max if way is How.MAX else min
        # Equal quotients (2/2, 3/3) are told apart too, or the order of lines would show in the result.
        chosen = pick(
            measured, key=lambda v: (v.quotient() or Fraction(0), v.numerator or 0, v.denominator or 0)
        )
        whole = IndicatorValue(chosen.numerator, chosen.denominator, chosen.value)
    return IndicatorValue(
        numerator=whole.numerator,
        denominator=whole.denominator,
        value=whole.value,
        members=whole.members,
        population=whole.population,
        **frame,
    )
