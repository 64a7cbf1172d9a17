"""The pure function: (rubric, values, waivers, answers, targets, day) → scorecard.

Stage of a dimension: a level is *reached* when the level below is reached, every applicable must of it
is met, at least `rules.min_share` of its applicable criteria are met, and no more of them are waived than
its budget bears. A level without an applicable must is *not assessed* and therefore never reached; a
baseline level is held by everybody. A dimension whose first level above the baseline is not assessed
is itself not assessed and leaves its weight.

Overall stage: the highest level that dimensions of at least `rules.weight_share` of the assessed weight
have reached while no assessed dimension is more than `rules.max_gap` levels below it.

Score of a dimension, in tenths of a point: the mean over its levels with an applicable criterion of
the weighted mean of their credits, rounded down. A credit is 1000 for a met criterion, for a missed
one how near its evidence comes (0–999), 0 without usable evidence. A waiver buys a stage, never
credit. Every step is monotone in the evidence, so the score is too.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from dataclasses import replace
from datetime import date
from typing import TypeVar

from metrics.scoring.compiled import CompiledCriterion, CompiledRubric, Stages, compile_rubric
from metrics.scoring.judge import NO_ANSWERS, Waivers, judge
from metrics.scoring.model import Answer, Dimension, Exact, IndicatorValue, Rubric, Rules, Scope
from metrics.scoring.results import (
    MET,
    CriterionVerdict,
    DimensionResult,
    Reason,
    Scorecard,
    StageResult,
    StageState,
    Standing,
    Verdict,
)

Line = TypeVar("Line", bound=Hashable)
Values = Mapping[str, IndicatorValue]
NO_WAIVERS: Waivers = frozenset()
NO_TARGETS: Mapping[str, str] = {}
NO_CODES: Set[str] = frozenset()


def _ready(rubric: Rubric | CompiledRubric) -> CompiledRubric:
    return rubric if isinstance(rubric, CompiledRubric) else compile_rubric(rubric)


def _stage(
    level_code: str, index: int, below: bool, verdicts: list[CriterionVerdict], rules: Rules
) -> StageResult:
    musts = musts_met = applicable = met = waivers = 0
    for found in verdicts:
        verdict = found.verdict
        if verdict is Verdict.NOT_APPLICABLE:
            continue
        good = verdict in MET
        applicable += 1
        met += good
        waivers += verdict is Verdict.WAIVED
        if found.must:
            musts += 1
            musts_met += good
    budget = rules.budget(level_code)
    share = rules.min_share
    if not musts:
        state = StageState.NOT_ASSESSED
    elif (
        below
        and musts_met == musts
        and met * share.denominator >= share.numerator * applicable
        and waivers <= budget
    ):
        state = StageState.REACHED
    else:
        state = StageState.NOT_REACHED
    return StageResult(level_code, index, state, musts_met, musts, met, applicable, waivers, budget)


def _score(levels: list[tuple[list[CriterionVerdict], tuple[CompiledCriterion, ...]]]) -> int | None:
    """Mean over levels of the weighted mean credit, rounded down once, in integers throughout."""
    numerator, denominator, counted = 0, 1, 0
    for verdicts, criteria in levels:
        credit = weight = 0
        for found, criterion in zip(verdicts, criteria, strict=True):
            if found.verdict is not Verdict.NOT_APPLICABLE:
                credit += criterion.weight * found.credit
                weight += criterion.weight
        if weight:
            numerator = numerator * weight + credit * denominator
            denominator *= weight
            counted += 1
    return numerator // (denominator * counted) if counted else None


def _dimension(
    dimension: Dimension,
    groups: Stages,
    judged: list[list[CriterionVerdict]],
    rubric: Rubric,
    target: str | None,
) -> DimensionResult:
    stages: list[StageResult] = []
    index, below, waivers = -1, True, 0
    assessed: bool | None = None
    for level, verdicts in zip(rubric.levels, judged, strict=True):
        stage = _stage(level.code, level.index, below, verdicts, rubric.rules)
        if level.baseline:
            stage = replace(stage, state=StageState.REACHED)
        elif assessed is None:
            assessed = stage.state is not StageState.NOT_ASSESSED
        stages.append(stage)
        below = stage.state is StageState.REACHED
        if below:
            index = level.index
            waivers += stage.waivers
    if assessed:
        standing = Standing.REACHED if index >= 0 else Standing.NOT_YET
    else:
        standing, index, waivers = Standing.NOT_ASSESSED, -1, 0
    return DimensionResult(
        code=dimension.code,
        weight=dimension.weight,
        standing=standing,
        index=index,
        level=rubric.levels[index].code if index >= 0 else None,
        stages=tuple(stages),
        score=_score(list(zip(judged, groups, strict=True))),
        waivers=waivers,
        target=target,
        target_index=next((x.index for x in rubric.levels if x.code == target), None) if target else None,
    )


def overall_index(standings: list[tuple[int, int]], rules: Rules, levels: int) -> int:
    """The overall level for (weight, level index) of every assessed dimension; -1 for "not yet"."""
    total = sum(weight for weight, _ in standings)
    lowest = min((index for _, index in standings), default=-1)
    share = rules.weight_share
    for candidate in range(min(levels - 1, lowest + rules.max_gap), -1, -1):
        reached = sum(weight for weight, index in standings if index >= candidate)
        if reached * share.denominator >= share.numerator * total and total:
            return candidate
    return -1


def _assemble(
    compiled: CompiledRubric, judged: list[list[list[CriterionVerdict]]], scope: Scope, as_of: date,
    targets: Mapping[str, str],
) -> Scorecard:  # fmt: skip
    rubric = compiled.rubric
    dimensions = tuple(
        _dimension(dimension, groups, verdicts, rubric, targets.get(dimension.code))
        for dimension, groups, verdicts in zip(rubric.dimensions, compiled.groups[scope], judged, strict=True)
    )
    assessed = [(d.weight, d.index) for d in dimensions if d.standing is not Standing.NOT_ASSESSED]
    index = overall_index(assessed, rubric.rules, len(rubric.levels))
    scored = [(d.weight, d.score) for d in dimensions if d.score is not None]
    weight = sum(w for w, _ in scored)
    standing = Standing.NOT_ASSESSED if not assessed else Standing.REACHED if index >= 0 else Standing.NOT_YET
    return Scorecard(
        rubric=rubric.code,
        version=rubric.version,
        digest=rubric.digest,
        scope=scope.value,
        as_of=as_of,
        standing=standing,
        index=index,
        level=rubric.levels[index].code if index >= 0 else None,
        score=sum(w * s for w, s in scored) // weight if weight else None,
        waivers=sum(d.waivers for d in dimensions),
        dimensions=dimensions,
        verdicts={v.code: v for stages in judged for verdicts in stages for v in verdicts},
    )


def score(
    rubric: Rubric | CompiledRubric,
    values: Values,
    *,
    waivers: Waivers = NO_WAIVERS,
    answers: Mapping[str, Answer] = NO_ANSWERS,
    as_of: date,
    targets: Mapping[str, str] = NO_TARGETS,
    scope: Scope | str = Scope.LINE,
) -> Scorecard:
    """Judge one line (or, with scope `programme`, the whole tree plus what is measured once).

    `waivers` maps a criterion code to its last valid day (None: open), or is a set of codes valid now.
    `targets` maps a dimension code to the level code aimed at.

    :raises RubricInvalid: the rubric cannot be compiled.
    """
    compiled = _ready(rubric)
    wanted = Scope(scope)
    judged = [
        [
            [judge(c, values, waivers=waivers, answers=answers, as_of=as_of) for c in level]
            for level in dimension
        ]
        for dimension in compiled.groups[wanted]
    ]
    return _assemble(compiled, judged, wanted, as_of, targets)


def assemble(
    rubric: Rubric | CompiledRubric,
    verdicts: Mapping[str, CriterionVerdict],
    *,
    as_of: date,
    targets: Mapping[str, str] = NO_TARGETS,
    scope: Scope | str = Scope.LINE,
) -> Scorecard:
    """Make the scorecard of verdicts that were judged (and stored) before; judges nothing again.

    :raises KeyError: a criterion of the scope has no verdict.
    """
    compiled = _ready(rubric)
    wanted = Scope(scope)
    judged = [
        [[verdicts[c.code] for c in level] for level in dimension] for dimension in compiled.groups[wanted]
    ]
    return _assemble(compiled, judged, wanted, as_of, targets)


def score_many(
    rubric: Rubric | CompiledRubric,
    values_by_line: Mapping[Line, Values],
    *,
    waivers_by_line: Mapping[Line, Waivers] | None = None,
    answers_by_line: Mapping[Line, Mapping[str, Answer]] | None = None,
    targets_by_line: Mapping[Line, Mapping[str, str]] | None = None,
    as_of: date,
    scope: Scope | str = Scope.LINE,
) -> dict[Line, Scorecard]:
    """Judge many lines under one rubric, each on its own: neither order nor chunks change a result.

    :raises RubricInvalid: the rubric cannot be compiled.
    """
    compiled = _ready(rubric)
    waivers, answers, targets = waivers_by_line or {}, answers_by_line or {}, targets_by_line or {}
    return {
        line: score(
            compiled,
            values,
            waivers=waivers.get(line, NO_WAIVERS),
            answers=answers.get(line, NO_ANSWERS),
            targets=targets.get(line, NO_TARGETS),
            as_of=as_of,
            scope=scope,
        )
        for line, values in values_by_line.items()
    }


def with_thresholds(rubric: Rubric, thresholds: Mapping[str, Exact]) -> Rubric:
    """The same rubric with some thresholds moved; it has no digest, for nobody published it.

    :raises KeyError: a code is not a measured criterion of the rubric.
    """
    known = {c.code for c in rubric.criteria if c.threshold is not None}
    for code in thresholds:
        if code not in known:
            raise KeyError(code)
    moved = tuple(
        replace(c, threshold=thresholds[c.code]) if c.code in thresholds else c for c in rubric.criteria
    )
    return replace(rubric, criteria=moved, digest="") if thresholds else rubric


def what_if(
    rubric: Rubric | CompiledRubric,
    values: Values,
    *,
    met: Set[str] = NO_CODES,
    unmet: Set[str] = NO_CODES,
    thresholds: Mapping[str, Exact] | None = None,
    waivers: Waivers = NO_WAIVERS,
    answers: Mapping[str, Answer] = NO_ANSWERS,
    as_of: date,
    targets: Mapping[str, str] = NO_TARGETS,
    scope: Scope | str = Scope.LINE,
) -> Scorecard:
    """Judge as if some criteria were met, or not, or some thresholds moved; nothing is stored.

    Without any change it is exactly `score()`. Another rubric is previewed by passing that rubric.

    :raises KeyError: a code names no criterion of the rubric.
    """
    compiled = _ready(rubric)
    known = {c.code for c in compiled.rubric.criteria}
    for code in (*met, *unmet):
        if code not in known:
            raise KeyError(code)
    if thresholds:
        compiled = compile_rubric(with_thresholds(compiled.rubric, thresholds))
    wanted = Scope(scope)

    def imagined(found: CriterionVerdict) -> CriterionVerdict:
        if found.code in met and found.verdict not in (Verdict.PASS, Verdict.WARN):
            return found._replace(verdict=Verdict.PASS, reason=Reason.WHAT_IF, credit=1000, waived_from=None)
        if found.code in unmet and (found.met or found.waived_from):
            return found._replace(verdict=Verdict.FAIL, reason=Reason.WHAT_IF, credit=0, waived_from=None)
        return found

    judged = [
        [
            [imagined(judge(c, values, waivers=waivers, answers=answers, as_of=as_of)) for c in level]
            for level in dimension
        ]
        for dimension in compiled.groups[wanted]
    ]
    return _assemble(compiled, judged, wanted, as_of, targets)
