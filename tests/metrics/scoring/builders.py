"""Small rubrics and values for the scoring tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from metrics.scoring import Criterion, Dimension, IndicatorValue, Kind, Level, Rubric, Rules

TODAY = date(2026, 3, 31)


def criterion(code: str = "A-C1", **changes: Any) -> Criterion:
    """A must of the level its letter names (C, W, R), measured as at least 80 %."""
    letter = code.split("-")[1][0]
    fields: dict[str, Any] = {
        "code": code,
        "dimension": code.split("-")[0],
        "level": {"C": "crawl", "W": "walk", "R": "run"}[letter],
        "must": True,
        "statement": {"en": f"Statement {code}", "fr": f"Énoncé {code}"},
        "remedy": {"en": f"Do {code}", "fr": f"Faites {code}"},
        "indicator": f"own.{code.lower().replace('-', '_')}",
        "op": ">=",
        "threshold": 80,
        "unit": "%",
    }
    if changes.get("kind") is Kind.ATTESTED:
        fields |= {"indicator": None, "op": None, "threshold": None}
    return Criterion(**(fields | changes))


def rubric(*criteria: Criterion, rules: Rules | None = None, weights: dict[str, int] | None = None) -> Rubric:
    """Crawl, walk, run; the dimensions are those of the criteria."""
    weights = weights or {}
    dimensions = dict.fromkeys(c.dimension for c in criteria)
    return Rubric(
        code="test",
        version="1.0.0",
        title={"en": "Test", "fr": "Essai"},
        levels=tuple(
            Level(code, code[0].upper(), {"en": code, "fr": code}, index)
            for index, code in enumerate(("crawl", "walk", "run"))
        ),
        dimensions=tuple(Dimension(d, {"en": d, "fr": d}, weights.get(d, 1)) for d in dimensions),
        criteria=criteria,
        rules=rules or Rules(),
        digest="test",
    )


def ladder(*dimensions: str) -> Rubric:
    """One must per stage in each dimension."""
    names = dimensions or ("A",)
    return rubric(*(criterion(f"{d}-{letter}1") for d in names for letter in "CWR"))


def ratio(numerator: int, denominator: int = 10, **changes: Any) -> IndicatorValue:
    return IndicatorValue(numerator=numerator, denominator=denominator, records=denominator, **changes)


def values(**codes: int | IndicatorValue) -> dict[str, IndicatorValue]:
    """`values(a_c1=8)` is 8 of 10 for the criterion A-C1."""
    return {f"own.{code}": ratio(v) if isinstance(v, int) else v for code, v in codes.items()}
