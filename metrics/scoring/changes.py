"""Why a scorecard differs from an earlier one, and how two rubric versions differ.

A cause is read off the two verdicts, nothing is collected again:

- *rubric*: the criterion came, went, or judges by another definition; or only the stage rules changed.
- *waiver*: the same evidence, with a waiver on one side only.
- *ageing*: the same evidence, grown too old (or an answer that expired).
- *scope*: the population changed: records entered or left the denominator.
- *evidence*: anything else: records were added, corrected or removed.

Several can hold at once; `causes` lists them all, strongest claim first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from metrics.scoring.compiled import definition_of
from metrics.scoring.model import Rubric
from metrics.scoring.results import CriterionVerdict, DimensionResult, Scorecard, Verdict


class Cause(StrEnum):
    """What made a verdict or a stage change."""

    RUBRIC = "rubric"
    WAIVER = "waiver"
    SCOPE = "scope"
    AGEING = "ageing"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """One criterion whose verdict differs; None where the criterion did not exist."""

    code: str
    dimension: str
    before: CriterionVerdict | None
    after: CriterionVerdict | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class StageChange:
    """A stage that rose, fell or became (un)assessable; dimension None is the overall stage.

    `criteria` are the changed criteria behind it, `causes` what made them change.
    """

    dimension: str | None
    before: str | None
    after: str | None
    rise: int
    causes: tuple[Cause, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """Everything that differs between two scorecards, attributed."""

    stages: tuple[StageChange, ...]
    criteria: tuple[CriterionChange, ...]

    def __bool__(self) -> bool:
        return bool(self.stages or self.criteria)


def _raw(found: CriterionVerdict) -> Verdict:
    """The verdict without its waiver."""
    return found.waived_from or found.verdict


def _population_moved(before: CriterionVerdict, after: CriterionVerdict) -> bool:
    if _raw(before) is not _raw(after) and Verdict.NOT_APPLICABLE in (_raw(before), _raw(after)):
        return True
    return before.denominator != after.denominator and None not in (before.denominator, after.denominator)


def _only_population(before: CriterionVerdict, after: CriterionVerdict) -> bool:
    """Whether the change of the numerator is explained by records that entered or left with the population."""
    gained = (after.denominator or 0) - (before.denominator or 0)
    moved = (after.numerator or 0) - (before.numerator or 0)
    return min(0, gained) <= moved <= max(0, gained)


def _same_facts(before: CriterionVerdict, after: CriterionVerdict) -> bool:
    return (before.numerator, before.denominator, before.evidence_on) == (
        after.numerator,
        after.denominator,
        after.evidence_on,
    ) and [g[1:5] for g in before.guards] == [g[1:5] for g in after.guards]


def _causes(before: CriterionVerdict | None, after: CriterionVerdict | None) -> tuple[Cause, ...]:
    if before is None or after is None:
        return (Cause.RUBRIC,)
    causes: list[Cause] = []
    if before.definition != after.definition:
        causes.append(Cause.RUBRIC)
    same = _same_facts(before, after)
    raw_changed = _raw(before) is not _raw(after)
    waived = (before.waived_from is None) != (after.waived_from is None)
    if waived and (before.met != after.met or not raw_changed):
        causes.append(Cause.WAIVER)
    if _population_moved(before, after):
        causes.append(Cause.SCOPE)
        if (
            before.numerator is not None
            and after.numerator is not None
            and not _only_population(before, after)
        ):
            causes.append(Cause.EVIDENCE)
    elif raw_changed and same and Verdict.STALE in (_raw(before), _raw(after)):
        causes.append(Cause.AGEING)
    elif raw_changed and not (same and causes):
        causes.append(Cause.EVIDENCE)
    return tuple(causes) or (Cause.EVIDENCE,)


def _order(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    found = set(causes)
    return tuple(cause for cause in Cause if cause in found)


def _held(result: DimensionResult | Scorecard | None) -> tuple[str | None, int, str]:
    return (None, -1, "") if result is None else (result.level, result.index, result.standing.value)


def explain_change(before: Scorecard, after: Scorecard) -> ChangeReport:
    """Attribute every changed verdict and every changed stage of one subject to its causes.

    A stage that changed without any changed verdict changed because its rules did: the rubric.
    """
    changes: list[CriterionChange] = []
    for code in sorted({*before.verdicts, *after.verdicts}):
        old, new = before.verdicts.get(code), after.verdicts.get(code)
        if (
            old is not None
            and new is not None
            and old.verdict is new.verdict
            and old.definition == new.definition
        ):
            continue
        place = new or old
        assert place is not None
        changes.append(CriterionChange(code, place.dimension, old, new, _causes(old, new)))
    stages: list[StageChange] = []
    was = {d.code: d for d in before.dimensions}
    now = {d.code: d for d in after.dimensions}
    for code in dict.fromkeys((*now, *was)):
        old_held, new_held = _held(was.get(code)), _held(now.get(code))
        if old_held == new_held and (code in was) == (code in now):
            continue
        behind = [c for c in changes if c.dimension == code]
        stages.append(_stage_change(code, old_held, new_held, behind))
    if _held(before) != _held(after):
        moved = {s.dimension for s in stages}
        behind = [c for c in changes if c.dimension in moved]
        stages.insert(0, _stage_change(None, _held(before), _held(after), behind))
    return ChangeReport(tuple(stages), tuple(changes))


def _stage_change(
    dimension: str | None,
    old: tuple[str | None, int, str],
    new: tuple[str | None, int, str],
    behind: list[CriterionChange],
) -> StageChange:
    rise = new[1] - old[1]
    # Only what pulled the same way explains a rise or a fall; without any, all changes are named.
    pulled = [
        c
        for c in behind
        if rise
        and ((c.after is not None and c.after.met) - (c.before is not None and c.before.met)) * rise > 0
    ]
    chosen = pulled or behind
    return StageChange(
        dimension=dimension,
        before=old[0],
        after=new[0],
        rise=rise,
        causes=_order(cause for c in chosen for cause in c.causes) or (Cause.RUBRIC,),
        criteria=tuple(c.code for c in chosen),
    )


@dataclass(frozen=True, slots=True)
class RubricDiff:
    """How a rubric differs from another: criterion codes, and whether the stage rules moved.

    `changed` judge differently, `reworded` only read differently.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    reworded: tuple[str, ...]
    rules_changed: bool
    frame_changed: bool


def diff_rubrics(before: Rubric, after: Rubric) -> RubricDiff:
    """Compare two rubrics criterion by criterion; `frame_changed` tells of levels or dimensions."""
    old = {c.code: c for c in before.criteria}
    new = {c.code: c for c in after.criteria}
    both = [code for code in new if code in old]
    changed = [code for code in both if definition_of(old[code]) != definition_of(new[code])]
    frames = [
        ([(x.code, x.baseline) for x in r.levels], [(d.code, d.weight) for d in r.dimensions])
        for r in (before, after)
    ]
    return RubricDiff(
        added=tuple(code for code in new if code not in old),
        removed=tuple(code for code in old if code not in new),
        changed=tuple(changed),
        reworded=tuple(code for code in both if code not in changed and old[code] != new[code]),
        rules_changed=before.rules != after.rules,
        frame_changed=frames[0] != frames[1],
    )
