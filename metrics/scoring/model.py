"""What the scoring reads: a rubric as data, measured values and attested answers.

Nothing here knows how many dimensions or levels a model has, and nothing here does I/O. Text for
readers is a mapping of language code to text (`{"en": …, "fr": …}`); `say()` picks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

Text = Mapping[str, str]
Exact = int | Fraction


class Scope(StrEnum):
    """Over what a criterion is measured: each line's subtree, or the programme once."""

    LINE = "line"
    PROGRAMME = "programme"


class Kind(StrEnum):
    """How a criterion gets its value: from records, or from a person's reviewed answer."""

    MEASURED = "measured"
    ATTESTED = "attested"


class Effort(StrEnum):
    """How much work a criterion usually is; `cost` orders next steps."""

    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"

    @property
    def cost(self) -> int:
        return {"S": 1, "M": 2, "L": 4}[self.value]


class ValueState(StrEnum):
    """What a collector can say about a value before anybody judges it."""

    OK = "ok"
    NO_DATA = "no_data"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


def say(text: Text, language: str = "en") -> str:
    """Pick the text of a language ("fr-ca" falls back to "fr", then to English, then to anything)."""
    for wanted in (language, language.split("-")[0], "en"):
        if text.get(wanted):
            return text[wanted]
    return next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Level:
    """A stage of the model. `index` is its place from the bottom, starting at 0.

    A `baseline` level is where everybody starts (FinOps level 0): it is held without any criterion.
    """

    code: str
    letter: str
    name: Text
    index: int
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """A column of the model; `weight` (a positive integer) is its share in the overall stage and score."""

    code: str
    name: Text
    weight: int = 1
    summary: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guard:
    """A second condition that must hold beside the criterion's own; guards are ANDed."""

    indicator: str
    op: str
    threshold: Exact
    label: Text
    unit: str = "count"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a failing criterion is put right: the name of a page and a filter or anchor on it."""

    route: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One testable statement of the rubric.

    `threshold` and `warn` are exact and in `unit`; a value of unit `%` is compared as
    100 × numerator ÷ denominator. `warn` is the stricter bound below which a met criterion is amber.
    `window_days` is the collector's look-back; `max_age_days` is how old the newest evidence may be
    (None: what it reads does not age).
    """

    code: str
    dimension: str
    level: str
    must: bool
    statement: Text
    kind: Kind = Kind.MEASURED
    scope: Scope = Scope.LINE
    weight: int = 1
    indicator: str | None = None
    op: str | None = None
    threshold: Exact | None = None
    warn: Exact | None = None
    unit: str = "count"
    window_days: int | None = None
    max_age_days: int | None = None
    guards: tuple[Guard, ...] = ()
    effort: Effort = Effort.MEDIUM
    remedy: Text = field(default_factory=dict)
    fix: Fix | None = None
    basis: str = "R"
    sources: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the model: when a stage is reached and how dimensions make an overall stage."""

    min_share: Fraction = Fraction(2, 3)
    waiver_budget: Mapping[str, int] = field(default_factory=dict)
    default_waiver_budget: int = 1
    weight_share: Fraction = Fraction(3, 4)
    max_gap: int = 1

    def budget(self, level: str) -> int:
        """How many waived criteria a stage bears before it counts as not reached."""
        return self.waiver_budget.get(level, self.default_waiver_budget)


@dataclass(frozen=True, slots=True)
class Rubric:
    """One immutable version of a maturity model. `digest` is the sha256 of its canonical form."""

    code: str
    version: str
    title: Text
    levels: tuple[Level, ...]
    dimensions: tuple[Dimension, ...]
    criteria: tuple[Criterion, ...]
    rules: Rules = field(default_factory=Rules)
    summary: Text = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    licence: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    def criterion(self, code: str) -> Criterion:
        """Find a criterion by its code.

        :raises KeyError: the rubric has no such criterion.
        """
        for criterion in self.criteria:
            if criterion.code == code:
                return criterion
        raise KeyError(code)

    def indicators(self) -> frozenset[str]:
        """Every indicator the criteria and their guards read."""
        own = {c.indicator for c in self.criteria if c.indicator}
        return frozenset(own | {g.indicator for c in self.criteria for g in c.guards})


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """What a collector measured for one line (or the programme) on one day.

    The value is the plain quotient numerator ÷ denominator (0.8, not 80); a missing denominator means
    1; a denominator of 0 means an empty population. `value` serves measures without a numerator.
    `evidence_on` is the newest evidence date. `members` and `population` are only for `union-count`.
    """

    numerator: int | None = None
    denominator: int | None = None
    value: Fraction | None = None
    evidence_on: date | None = None
    records: int = 0
    state: ValueState | str = ValueState.OK
    detail: Any = ""
    members: frozenset[Any] | None = None
    population: frozenset[Any] | None = None

    def quotient(self) -> Fraction | None:
        """The exact value, or None when there is none or the population is empty."""
        if self.numerator is None:
            return self.value
        if self.denominator is None:
            return Fraction(self.numerator)
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to an attested criterion: `yes`, `no` or `not_applicable`.

    It counts once another person has `accepted` it, through its last valid day `expires_on`.
    """

    value: str
    answered_on: date | None = None
    expires_on: date | None = None
    accepted: bool = True
    detail: str = ""
