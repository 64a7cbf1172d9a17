"""Pure scoring of maturity models: rubric as data in, verdicts, stages and scores out.

No Django, no clock, no I/O (but for reading the shipped files on request). The engine knows nothing of
eight dimensions or three stages. The stable interface is what stands in `__all__`:

Rubrics
    load_rubric(text_or_mapping) -> Rubric                  shape checked against metrics/rubrics/schema.json
    read_rubric(text_or_mapping) -> dict                    the validated document itself
    rubric_digest(mapping) -> str                           sha256 of the canonical form
    shipped_rubrics() -> {name: path}                       what stands in metrics/rubrics/
    lint(rubric, known_indicators=None) -> list[Finding]    meaning; an `error` forbids publishing
    compile_rubric(rubric) -> CompiledRubric                once, before scoring many lines
    diff_rubrics(before, after) -> RubricDiff               criteria added, removed, changed

Scoring (all keyword arguments after `values`)
    score(rubric, values, *, waivers, answers, as_of, targets, scope) -> Scorecard
    score_many(rubric, values_by_line, *, waivers_by_line, answers_by_line, targets_by_line, as_of, scope)
    assemble(rubric, verdicts, *, as_of, targets, scope) -> Scorecard   from stored verdicts
    what_if(rubric, values, *, met, unmet, thresholds, …) -> Scorecard
    next_steps(scorecard, rubric, target_level=None) -> NextSteps
    explain_change(before, after) -> ChangeReport           every change with its causes
    combine(values, how) -> IndicatorValue                  how ancestors get theirs

What a collector must know
    A value is a plain quotient numerator ÷ denominator (0.8, never 80); criteria of unit `%` multiply by
    100 themselves. Denominator None means 1, denominator 0 an empty population (not applicable). Where a
    criterion sets `max_age_days`, give `evidence_on`: met but undated evidence is judged stale.
    Report `no_data` with the denominator where it is known, so that an ancestor cannot gain by it.
"""

from metrics.scoring.changes import (
    Cause,
    ChangeReport,
    CriterionChange,
    RubricDiff,
    StageChange,
    diff_rubrics,
    explain_change,
)
from metrics.scoring.combine import How, combine
from metrics.scoring.compiled import CompiledRubric, compile_rubric
from metrics.scoring.engine import assemble, score, score_many, what_if, with_thresholds
from metrics.scoring.errors import Problem, RubricInvalid
from metrics.scoring.lint import Finding, Severity, lint
from metrics.scoring.loader import load_rubric, read_rubric, rubric_digest, shipped_rubrics
from metrics.scoring.model import (
    Answer,
    Criterion,
    Dimension,
    Effort,
    Exact,
    Fix,
    Guard,
    IndicatorValue,
    Kind,
    Level,
    Rubric,
    Rules,
    Scope,
    Text,
    ValueState,
    say,
)
from metrics.scoring.results import (
    MET,
    CriterionVerdict,
    DimensionResult,
    GuardVerdict,
    Reason,
    Scorecard,
    StageResult,
    StageState,
    Standing,
    Verdict,
)
from metrics.scoring.steps import NextSteps, Step, next_steps

__all__ = [
    "MET",
    "Answer",
    "Cause",
    "ChangeReport",
    "CompiledRubric",
    "Criterion",
    "CriterionChange",
    "CriterionVerdict",
    "Dimension",
    "DimensionResult",
    "Effort",
    "Exact",
    "Finding",
    "Fix",
    "Guard",
    "GuardVerdict",
    "How",
    "IndicatorValue",
    "Kind",
    "Level",
    "NextSteps",
    "Problem",
    "Reason",
    "Rubric",
    "RubricDiff",
    "RubricInvalid",
    "Rules",
    "Scope",
    "Scorecard",
    "Severity",
    "StageChange",
    "StageResult",
    "StageState",
    "Standing",
    "Step",
    "Text",
    "ValueState",
    "Verdict",
    "assemble",
    "combine",
    "compile_rubric",
    "diff_rubrics",
    "explain_change",
    "lint",
    "load_rubric",
    "next_steps",
    "read_rubric",
    "rubric_digest",
    "say",
    "score",
    "score_many",
    "shipped_rubrics",
    "what_if",
    "with_thresholds",
]
