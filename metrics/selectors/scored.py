"""Stored rows as the scoring's own values, so that explaining, next steps and what-if read the past as they read the present."""

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

from metrics.models import StageRow, VerdictRow
from metrics.scoring import (
    CompiledRubric,
    Criterion,
    CriterionVerdict,
    DimensionResult,
    Exact,
    GuardVerdict,
    Reason,
    Rubric,
    Scope,
    Scorecard,
    Standing,
    Verdict,
    assemble,
)


def exact_of(text: str | None) -> Exact | None:
    """The exact number of a stored threshold."""
    if text is None:
        return None
    number = Fraction(text)
    return int(number) if number.denominator == 1 else number


def verdict_of(row: VerdictRow, criterion: Criterion) -> CriterionVerdict:
    """A stored verdict as the scoring gave it."""
    detail = row.detail
    guards = tuple(
        GuardVerdict(place, name, Verdict(verdict), above, below, exact_of(threshold) or 0)
        for place, name, verdict, above, below, threshold in detail.get("guards", ())
    )
    waived, until = detail.get("waived_from"), detail.get("changes_on")
    return CriterionVerdict(
        code=row.criterion,
        dimension=criterion.dimension,
        level=criterion.level,
        must=criterion.must,
        verdict=Verdict(row.verdict),
        reason=Reason(row.reason),
        numerator=row.numerator,
        denominator=row.denominator,
        threshold=exact_of(detail.get("threshold")),
        credit=detail.get("credit", 0),
        evidence_on=row.evidence_on,
        guard=detail.get("guard"),
        guards=guards,
        waived_from=Verdict(waived) if waived else None,
        changes_on=dt.date.fromisoformat(until) if until else None,
        definition=detail.get("definition", ""),
    )


def result_of(row: StageRow, rubric: Rubric, weight: int) -> DimensionResult:
    """A stored stage as a dimension's result, without the counts per level."""
    index = row.level_index
    return DimensionResult(
        code=row.dimension,
        weight=weight,
        standing=Standing(row.standing),
        index=index,
        level=rubric.levels[index].code if 0 <= index < len(rubric.levels) else None,
        stages=(),
        score=row.score_tenths,
        waivers=row.waived,
    )


def scorecard_of(
    compiled: CompiledRubric,
    rows: Iterable[VerdictRow],
    *,
    on: dt.date,
    targets: dict[str, str],
    scope: Scope,
) -> Scorecard | None:
    """The scorecard that stored verdicts make, or None where a criterion of the rubric is not judged yet."""
    criteria = {
        c.code: c for c in compiled.rubric.criteria if scope is Scope.PROGRAMME or c.scope is Scope.LINE
    }
    verdicts = {
        row.criterion: verdict_of(row, criteria[row.criterion]) for row in rows if row.criterion in criteria
    }
    if set(verdicts) != set(criteria):
        return None
    return assemble(compiled, verdicts, scope=scope, as_of=on, targets=targets)
