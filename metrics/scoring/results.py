"""What the scoring says: verdicts, stages, scores. Values only; nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from metrics.scoring.model import Exact


class Verdict(StrEnum):
    """The eight verdicts on a criterion."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"
    NO_DATA = "no_data"
    STALE = "stale"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


MET = frozenset({Verdict.PASS, Verdict.WARN, Verdict.WAIVED})


class Reason(StrEnum):
    """Why a verdict is what it is; the product words it, in the reader's language."""

    THRESHOLD_MET = "threshold_met"
    NEAR_THRESHOLD = "near_threshold"
    THRESHOLD_MISSED = "threshold_missed"
    GUARD_FAILED = "guard_failed"
    GUARD_NO_DATA = "guard_no_data"
    GUARD_ERROR = "guard_error"
    NO_VALUE = "no_value"
    EMPTY_POPULATION = "empty_population"
    NOT_APPLICABLE = "not_applicable"
    COLLECTOR_ERROR = "collector_error"
    BAD_DENOMINATOR = "bad_denominator"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    EVIDENCE_UNDATED = "evidence_undated"
    ATTESTED_YES = "attested_yes"
    ATTESTED_NO = "attested_no"
    NOT_ANSWERED = "not_answered"
    AWAITING_REVIEW = "awaiting_review"
    ANSWER_EXPIRED = "answer_expired"
    ANSWER_UNKNOWN = "answer_unknown"
    WAIVER = "waiver"
    WHAT_IF = "what_if"


class GuardVerdict(NamedTuple):
    """How one guard of a criterion stands; `place` counts the criterion's guards from 0."""

    place: int
    indicator: str
    verdict: Verdict
    numerator: int | None
    denominator: int | None
    threshold: Exact


class CriterionVerdict(NamedTuple):
    """The verdict on one criterion.

    `credit` is 0–1000: how near the evidence is to the threshold, blind to waivers. `waived_from` is the
    verdict a waiver covers. `guard` names the indicator of the guard that decided. `changes_on` is the
    first day on which the verdict changes by the calendar alone (evidence, answer or waiver expires).
    `definition` identifies the scoring part of the criterion, so that a changed rubric is seen.
    """

    code: str
    dimension: str
    level: str
    must: bool
    verdict: Verdict
    reason: Reason
    numerator: int | None
    denominator: int | None
    threshold: Exact | None
    credit: int
    evidence_on: date | None
    guard: str | None
    guards: tuple[GuardVerdict, ...]
    waived_from: Verdict | None
    changes_on: date | None
    definition: str

    @property
    def met(self) -> bool:
        """Whether the criterion counts as met towards its stage."""
        return self.verdict in MET

    @property
    def applicable(self) -> bool:
        """Whether the criterion counts at all."""
        return self.verdict is not Verdict.NOT_APPLICABLE

    @property
    def value(self) -> Fraction | None:
        """The exact quotient, or None when nothing was measured."""
        if self.numerator is None or self.denominator == 0:
            return None
        return Fraction(self.numerator, 1 if self.denominator is None else self.denominator)


class StageState(StrEnum):
    """How one level of one dimension stands."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_ASSESSED = "not_assessed"


class Standing(StrEnum):
    """How a dimension or a whole scorecard stands: at a level, below the first, or unknowable."""

    REACHED = "reached"
    NOT_YET = "not_yet"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True, slots=True)
class StageResult:
    """One level of one dimension with the counts behind it."""

    level: str
    index: int
    state: StageState
    musts_met: int
    musts: int
    met: int
    applicable: int
    waivers: int
    waiver_budget: int

    @property
    def over_budget(self) -> bool:
        return self.waivers > self.waiver_budget


@dataclass(frozen=True, slots=True)
class DimensionResult:
    """One dimension: the highest stage held, the stages, and the finer score.

    `index` is the level held, -1 for "not yet"; with standing `not_assessed` it is -1 too and the
    dimension leaves its weight. `score` is in tenths of a point (0–1000), None when nothing applies.
    `waivers` counts the waived criteria within the stages held ("with n waivers").
    """

    code: str
    weight: int
    standing: Standing
    index: int
    level: str | None
    stages: tuple[StageResult, ...]
    score: int | None
    waivers: int
    target: str | None = None
    target_index: int | None = None

    @property
    def on_target(self) -> bool | None:
        """Whether the target stage is reached; None without a target."""
        return None if self.target_index is None else self.index >= self.target_index


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The judgement of one rubric version over one line or the programme, as of one day."""

    rubric: str
    version: str
    digest: str
    scope: str
    as_of: date
    standing: Standing
    index: int
    level: str | None
    score: int | None
    waivers: int
    dimensions: tuple[DimensionResult, ...]
    verdicts: Mapping[str, CriterionVerdict]

    def dimension(self, code: str) -> DimensionResult:
        """Find a dimension's result.

        :raises KeyError: the scorecard has no such dimension.
        """
        for result in self.dimensions:
            if result.code == code:
                return result
        raise KeyError(code)

    @property
    def changes_on(self) -> date | None:
        """The first day on which any verdict changes by the calendar alone."""
        return min((v.changes_on for v in self.verdicts.values() if v.changes_on), default=None)
