"""What a scorecard is made of, worded for a reader. Values only; `scorecards` and `dashboard` fill them."""

import datetime as dt
from dataclasses import dataclass

from coe.models import BusinessLine
from metrics.models import RubricVersion


@dataclass(frozen=True)
class StageCell:
    """How a dimension (or the whole, dimension "") stands. Scores and deltas are tenths of a point, 0–1000."""

    dimension: str
    name: str
    standing: str
    standing_label: str
    index: int
    level: str
    letter: str
    level_name: str
    score: int | None
    delta: int | None
    rise: int
    target_index: int | None
    target_name: str
    met: int
    applicable: int
    waived: int
    causes: tuple[str, ...]

    @property
    def points(self) -> int | None:
        """The score in whole points, 0–100."""
        return None if self.score is None else self.score // 10


@dataclass(frozen=True)
class GuardRow:
    """A condition beside the criterion's own."""

    label: str
    verdict: str
    value: str
    threshold: str


@dataclass(frozen=True)
class CriterionRow:
    """One criterion with its verdict and the numbers behind it."""

    code: str
    dimension: str
    level: str
    level_name: str
    must: bool
    scope: str
    statement: str
    verdict: str
    verdict_label: str
    is_met: bool
    reason: str
    reason_label: str
    value: str
    threshold: str
    unit: str
    numerator: int | None
    denominator: int | None
    failing: int | None
    evidence_on: dt.date | None
    changes_on: str | None
    known_from: dt.datetime
    causes: tuple[str, ...]
    guards: tuple[GuardRow, ...]
    effort: str
    remedy: str
    fix_url: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class NextStep:
    """A criterion worth meeting next; `unlock` is the share of overall weight it helps to lift, in percent."""

    code: str
    dimension: str
    statement: str
    level_name: str
    must: bool
    effort: str
    remedy: str
    fix_url: str
    unlock: int


@dataclass(frozen=True)
class Band:
    """Where the middle half of a cohort stands, in whole points rounded to fives; no number where `suppressed` says why not.

    `cohort` is "company" or a kind of line; `lines` is told in fives.
    """

    cohort: str
    dimension: str
    low: int | None
    middle: int | None
    high: int | None
    lines: int | None
    position: str
    suppressed: str


@dataclass(frozen=True)
class TrendPoint:
    """The overall stage and score from an instant on."""

    at: dt.datetime
    index: int
    score: int | None


@dataclass(frozen=True)
class LineScorecard:
    """A whole scorecard. `is_scored` is false until a first run has judged the line under the rubric."""

    line: BusinessLine | None
    rubric: RubricVersion | None
    title: str
    as_of: dt.date
    is_scored: bool
    overall: StageCell | None
    dimensions: tuple[StageCell, ...]
    criteria: tuple[CriterionRow, ...]
    next_level: str
    is_next_reachable: bool
    steps: tuple[NextStep, ...]
    bands: tuple[Band, ...]
    trend: tuple[TrendPoint, ...]
    computed_at: dt.datetime | None

    def of(self, dimension: str) -> tuple[CriterionRow, ...]:
        """Criteria of one dimension, in the rubric's order."""
        return tuple(row for row in self.criteria if row.dimension == dimension)
