"""What to do next: the smallest set of criteria that lifts a line, in the order of unlock ÷ effort."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from metrics.scoring.compiled import CompiledRubric
from metrics.scoring.engine import overall_index
from metrics.scoring.model import Criterion, Effort, Rubric
from metrics.scoring.results import CriterionVerdict, DimensionResult, Scorecard, Standing, Verdict

EXHAUSTIVE = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion to meet. `unlock` is the share of the overall weight it helps to lift; order is
    by `unlock` ÷ effort, so a small step that frees much comes first."""

    code: str
    dimension: str
    level: str
    must: bool
    effort: Effort
    unlock: Fraction
    verdict: Verdict
    credit: int

    @property
    def worth(self) -> Fraction:
        """Unlock per unit of effort."""
        return self.unlock / self.effort.cost


@dataclass(frozen=True, slots=True)
class NextSteps:
    """The way to a level. Not `reachable`: the rubric, the scope or the targets end it below; the steps
    then lead as far as they can. `level` None: there is nothing above."""

    level: str | None
    reachable: bool
    steps: tuple[Step, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(step.code for step in self.steps)


def _lift(
    result: DimensionResult,
    verdicts: list[CriterionVerdict],
    criteria: dict[str, Criterion],
    to: int,
    rubric: Rubric,
) -> list[CriterionVerdict] | None:
    """The fewest criteria that carry a dimension up to a level; None when no set does."""
    if result.index >= to:
        return []
    wanted: list[CriterionVerdict] = []
    for stage in result.stages[: to + 1]:
        if rubric.levels[stage.index].baseline or stage.index <= result.index:
            continue
        if not stage.musts:
            return None
        own = [v for v in verdicts if v.level == stage.level and v.applicable]
        chosen = [v for v in own if v.must and not v.met]

        def price(found: CriterionVerdict) -> tuple[int, int, str]:
            return criteria[found.code].effort.cost, -found.credit, found.code

        share = rubric.rules.min_share
        needed = -(-share.numerator * stage.applicable // share.denominator)
        # Above the budget waivers must be replaced by the real thing; that changes no count of met.
        waived = sorted((v for v in own if v.verdict is Verdict.WAIVED), key=price)
        replaced = waived[: max(0, stage.waivers - stage.waiver_budget)]
        short = max(0, needed - stage.met - len(chosen))
        others = sorted((v for v in own if not v.must and not v.met), key=price)
        wanted += chosen + replaced + others[:short]
    return wanted


def _cost(found: list[CriterionVerdict], criteria: dict[str, Criterion]) -> tuple[int, int, int]:
    effort = sum(criteria[v.code].effort.cost for v in found)
    return len(found), effort, sum(1000 - v.credit for v in found)


def next_steps(
    scorecard: Scorecard, rubric: Rubric | CompiledRubric, target_level: str | None = None
) -> NextSteps:
    """Find the smallest set of criteria that lifts the scorecard to a level (default: the next one).

    A dimension with a target stage is never asked to go beyond it. Fewest criteria first, then least
    effort, then what is nearest to being met.

    :raises KeyError: the rubric has no such level.
    """
    source = rubric.rubric if isinstance(rubric, CompiledRubric) else rubric
    indexes = {level.code: level.index for level in source.levels}
    top = len(source.levels) - 1
    aim = indexes[target_level] if target_level is not None else min(scorecard.index + 1, top)
    if scorecard.index >= aim:
        at_top = scorecard.index >= top and target_level is None
        return NextSteps(None if at_top else source.levels[aim].code, True, ())
    criteria = {c.code: c for c in source.criteria}
    assessed = [d for d in scorecard.dimensions if d.standing is not Standing.NOT_ASSESSED]
    options = [_options(d, scorecard, criteria, source, aim) for d in assessed]
    best = _choose(assessed, options, criteria, source, aim)
    reachable = best is not None
    picked = best if best is not None else [lifts[max(lifts)] for lifts in options]
    total = sum(d.weight for d in assessed) or 1
    steps = [
        Step(
            code=found.code,
            dimension=found.dimension,
            level=found.level,
            must=found.must,
            effort=criteria[found.code].effort,
            unlock=Fraction(dimension.weight, total * len(chosen)),
            verdict=found.verdict,
            credit=found.credit,
        )
        for dimension, chosen in zip(assessed, picked, strict=True)
        for found in chosen
    ]
    steps.sort(key=lambda s: (-s.worth, indexes[s.level], s.code))
    return NextSteps(source.levels[aim].code, reachable, tuple(steps))


def _options(
    result: DimensionResult, scorecard: Scorecard, criteria: dict[str, Criterion], rubric: Rubric, aim: int
) -> dict[int, list[CriterionVerdict]]:
    """For each level this dimension can hold up to the aim and its own target: what that takes."""
    verdicts = [v for v in scorecard.verdicts.values() if v.dimension == result.code]
    ceiling = aim if result.target_index is None else min(aim, max(result.target_index, result.index))
    found: dict[int, list[CriterionVerdict]] = {result.index: []}
    for level in range(result.index + 1, ceiling + 1):
        lift = _lift(result, verdicts, criteria, level, rubric)
        if lift is None:
            break
        found[level] = lift
    return found


def _choose(
    assessed: list[DimensionResult],
    options: list[dict[int, list[CriterionVerdict]]],
    criteria: dict[str, Criterion],
    rubric: Rubric,
    aim: int,
) -> list[list[CriterionVerdict]] | None:
    """The cheapest choice of a level per dimension that carries the overall stage to the aim."""
    floor = aim - rubric.rules.max_gap
    useful: list[list[int]] = []
    for result, lifts in zip(assessed, options, strict=True):
        keep = [level for level in lifts if level >= min(floor, result.index) and level >= floor]
        if not keep:
            return None
        # Only the lowest sufficient level and the aim itself can be part of a smallest set.
        useful.append(sorted({min(keep), max(keep)}))
    if len(assessed) > EXHAUSTIVE:
        return _choose_greedily(assessed, options, useful, criteria, rubric, aim)
    best: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    for levels in product(*useful):
        held = [(d.weight, max(d.index, level)) for d, level in zip(assessed, levels, strict=True)]
        if overall_index(held, rubric.rules, len(rubric.levels)) < aim:
            continue
        costs = [_cost(lifts[level], criteria) for lifts, level in zip(options, levels, strict=True)]
        # Among equals the earlier dimension is lifted, so that the answer is always the same.
        candidate = tuple(map(sum, zip(*costs, strict=True))), tuple(-level for level in levels)
        if best is None or candidate < best:
            best = candidate
    return None if best is None else [lifts[-low] for lifts, low in zip(options, best[1], strict=True)]


def _choose_greedily(
    assessed: list[DimensionResult],
    options: list[dict[int, list[CriterionVerdict]]],
    useful: list[list[int]],
    criteria: dict[str, Criterion],
    rubric: Rubric,
    aim: int,
) -> list[list[CriterionVerdict]] | None:
    """For models with many dimensions: lift the cheapest per weight until the rule holds (near-smallest)."""
    levels = [choice[0] for choice in useful]

    def price(i: int) -> tuple[Fraction, int]:
        return Fraction(len(options[i][useful[i][-1]]) - len(options[i][levels[i]]), assessed[i].weight), i

    waiting = sorted((i for i in range(len(assessed)) if useful[i][-1] >= aim > levels[i]), key=price)
    while True:
        held = [(d.weight, max(d.index, level)) for d, level in zip(assessed, levels, strict=True)]
        if overall_index(held, rubric.rules, len(rubric.levels)) >= aim:
            return [lifts[level] for lifts, level in zip(options, levels, strict=True)]
        if not waiting:
            return None
        i = waiting.pop(0)
        levels[i] = useful[i][-1]
