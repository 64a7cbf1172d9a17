"""What a line would reach if some of its criteria were met: stored verdicts, scored again, nothing written."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coe.models import BusinessLine
from metrics.models import TargetStage, VerdictRow
from metrics.scoring import MET, Reason, Scope, Scorecard, Verdict, assemble
from metrics.selectors.rubrics import compiled_of, current_rubric
from metrics.selectors.scored import verdict_of
from metrics.selectors.words import read


@dataclass(frozen=True)
class Imagined:
    """A dimension (or the whole, dimension "") before and after; scores in tenths of a point."""

    dimension: str
    name: str
    before: int
    after: int
    score_before: int | None
    score_after: int | None

    @property
    def rises(self) -> bool:
        """Whether a stage is gained."""
        return self.after > self.before


@dataclass(frozen=True)
class Unmet:
    """A criterion that is not met now and may be imagined as met."""

    code: str
    dimension: str
    statement: str
    level_name: str
    is_must: bool
    verdict: str
    is_chosen: bool


@dataclass(frozen=True)
class WhatIf:
    """The answer: every dimension before and after, and what may be ticked."""

    levels: int
    stages: tuple[Imagined, ...]
    unmet: tuple[Unmet, ...]


def line_what_if(line: BusinessLine, at: dt.datetime, *, met: Collection[str]) -> WhatIf | None:
    """Score a line as if these criteria were met; codes that are none or met already change nothing (three queries).

    None before the first measurement under the current rubric.
    """
    rubric = current_rubric()
    if rubric is None:
        return None
    compiled = compiled_of(rubric)
    model = compiled.rubric
    known = {c.code: c for c in model.criteria if c.scope is Scope.LINE}
    rows = VerdictRow.objects.open().filter(line=line, rubric=rubric, criterion__in=known).order_by("pk")
    verdicts = {row.criterion: verdict_of(row, known[row.criterion]) for row in rows}
    if set(verdicts) != set(known):
        return None
    aims = dict(
        TargetStage.objects.filter(line=line, rubric_code=rubric.code).values_list("dimension", "level")
    )
    levels = {level.code: read(level.name) for level in model.levels}
    open_codes = [
        code
        for code in known
        if verdicts[code].verdict not in MET and verdicts[code].verdict is not Verdict.NOT_APPLICABLE
    ]
    chosen = [code for code in open_codes if code in met]
    imagined = verdicts | {
        code: verdicts[code]._replace(
            verdict=Verdict.PASS, reason=Reason.WHAT_IF, credit=1000, waived_from=None
        )
        for code in chosen
    }
    before, after = (
        assemble(compiled, found, scope=Scope.LINE, as_of=at.date(), targets=aims)
        for found in (verdicts, imagined)
    )
    return WhatIf(
        len(model.levels),
        _pairs(before, after, {d.code: read(d.name) for d in model.dimensions}),
        tuple(
            Unmet(
                code, known[code].dimension, read(known[code].statement), levels[known[code].level], known[code].must,
                verdicts[code].verdict.value, code in chosen,
            )
            for code in open_codes
        ),
    )  # fmt: skip


def _pairs(before: Scorecard, after: Scorecard, names: dict[str, str]) -> tuple[Imagined, ...]:
    whole = Imagined("", _("Overall"), before.index, after.index, before.score, after.score)
    return (
        whole,
        *(
            Imagined(one.code, names[one.code], one.index, two.index, one.score, two.score)
            for one, two in zip(before.dimensions, after.dimensions, strict=True)
            if one.score is not None or two.score is not None
        ),
    )
