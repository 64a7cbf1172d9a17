"""A rubric made ready for scoring many lines: references resolved, fractions turned into integers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from metrics.scoring.errors import Problem, RubricInvalid
from metrics.scoring.model import Criterion, Exact, Kind, Rubric, Scope

OPERATORS = (">=", "<=", ">", "<", "==")


@dataclass(frozen=True, slots=True)
class Bound:
    """An integer form of `value op threshold`: numerator × `scale` op `limit` × denominator."""

    op: str
    limit: int
    scale: int
    threshold: Exact

    def holds(self, numerator: int, denominator: int) -> bool:
        """Compare by cross-multiplication; the denominator must be positive."""
        left, right, op = numerator * self.scale, self.limit * denominator, self.op
        if op == ">=":
            return left >= right
        if op == "<=":
            return left <= right
        if op == ">":
            return left > right
        if op == "<":
            return left < right
        return left == right

    def credit(self, numerator: int, denominator: int) -> int:
        """How near a value that does not hold comes, 0–999; never rises when the value gets worse."""
        left, right = numerator * self.scale, self.limit * denominator
        if left <= 0 or right <= 0 or self.op == "==":
            return 0
        near = 1000 * left // right if self.op in (">=", ">") else 1000 * right // left
        return min(999, near)


@dataclass(frozen=True, slots=True)
class CompiledGuard:
    """One guard, ready to compare."""

    index: int
    indicator: str
    bound: Bound


@dataclass(frozen=True, slots=True)
class CompiledCriterion:
    """What the hot path needs of a criterion."""

    code: str
    dimension: str
    level: str
    must: bool
    weight: int
    indicator: str | None
    bound: Bound | None
    warn: Bound | None
    max_age_days: int | None
    guards: tuple[CompiledGuard, ...]
    definition: str


Stages = tuple[tuple[CompiledCriterion, ...], ...]


@dataclass(frozen=True, slots=True)
class CompiledRubric:
    """A rubric with, per scope, its criteria grouped by dimension and level (in the rubric's order).

    The group of scope `programme` holds the criteria of both scopes: the programme stands for the whole
    tree *and* for what is measured once.
    """

    rubric: Rubric
    groups: dict[Scope, tuple[Stages, ...]]


def make_bound(op: str, threshold: Exact, unit: str) -> Bound:
    """Fold unit and threshold into integers; `%` compares 100 × numerator ÷ denominator."""
    return Bound(
        op=op,
        limit=threshold.numerator,
        scale=threshold.denominator * (100 if unit == "%" else 1),
        threshold=threshold,
    )


def definition_of(criterion: Criterion) -> str:
    """Identify the scoring part of a criterion: equal when, and only when, it judges alike."""
    guards = [(g.indicator, g.op, str(g.threshold), g.unit) for g in criterion.guards]
    parts = (
        criterion.dimension, criterion.level, criterion.must, criterion.kind.value, criterion.scope.value,
        criterion.weight, criterion.indicator, criterion.op, str(criterion.threshold), str(criterion.warn),
        criterion.unit, criterion.window_days, criterion.max_age_days, guards,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _compile_criterion(criterion: Criterion) -> CompiledCriterion:
    bound = warn = None
    if criterion.kind is Kind.MEASURED:
        assert criterion.op is not None
        assert criterion.threshold is not None
        bound = make_bound(criterion.op, criterion.threshold, criterion.unit)
        if criterion.warn is not None:
            warn = make_bound(criterion.op, criterion.warn, criterion.unit)
    guards = tuple(
        CompiledGuard(i, guard.indicator, make_bound(guard.op, guard.threshold, guard.unit))
        for i, guard in enumerate(criterion.guards)
    )
    return CompiledCriterion(
        code=criterion.code,
        dimension=criterion.dimension,
        level=criterion.level,
        must=criterion.must,
        weight=criterion.weight,
        indicator=criterion.indicator if criterion.kind is Kind.MEASURED else None,
        bound=bound,
        warn=warn,
        max_age_days=criterion.max_age_days,
        guards=guards,
        definition=definition_of(criterion),
    )


def _problems(rubric: Rubric) -> list[Problem]:
    """Whatever would make the scoring of this rubric ambiguous or impossible."""
    found: list[Problem] = []

    def note(path: str, message: str, remedy: str) -> None:
        found.append(Problem(path, message, remedy))

    for noun, codes in (
        ("levels", [x.code for x in rubric.levels]),
        ("dimensions", [x.code for x in rubric.dimensions]),
        ("criteria", [x.code for x in rubric.criteria]),
    ):
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            note(f"{noun}[{code}]", "The code is used twice.", "Give each its own code.")
    levels = {level.code for level in rubric.levels}
    dimensions = {dimension.code for dimension in rubric.dimensions}
    for dimension in rubric.dimensions:
        if dimension.weight <= 0:
            note(f"dimensions[{dimension.code}].weight", "A weight must be positive.", "Use 1 or more.")
    for criterion in rubric.criteria:
        where = f"criteria[{criterion.code}]"
        if criterion.level not in levels:
            note(f"{where}.level", f"There is no level “{criterion.level}”.", "Use a level of this rubric.")
        if criterion.dimension not in dimensions:
            note(
                f"{where}.dimension",
                f"There is no dimension “{criterion.dimension}”.",
                "Use one of this rubric.",
            )
        if criterion.weight <= 0:
            note(f"{where}.weight", "A weight must be positive.", "Use 1 or more.")
        if criterion.kind is Kind.MEASURED:
            if not criterion.indicator:
                note(
                    f"{where}.indicator",
                    "A measured criterion needs an indicator.",
                    "Name it, or make it attested.",
                )
            if criterion.op not in OPERATORS or criterion.threshold is None:
                note(f"{where}.threshold", "A measured criterion needs op and threshold.", "Give both.")
    return found


def compile_rubric(rubric: Rubric) -> CompiledRubric:
    """Resolve a rubric once, for scoring any number of lines.

    :raises RubricInvalid: a code is doubled or unknown, a weight is not positive, or a measured criterion
        lacks indicator, operator or threshold.
    """
    problems = _problems(rubric)
    if problems:
        raise RubricInvalid(problems)
    ready = [(criterion.scope, _compile_criterion(criterion)) for criterion in rubric.criteria]
    groups = {
        scope: tuple(
            tuple(
                tuple(
                    c
                    for own, c in ready
                    if c.dimension == dimension.code
                    and c.level == level.code
                    and (scope is Scope.PROGRAMME or own is Scope.LINE)
                )
                for level in rubric.levels
            )
            for dimension in rubric.dimensions
        )
        for scope in Scope
    }
    return CompiledRubric(rubric=rubric, groups=groups)
