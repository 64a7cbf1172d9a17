"""A rubric as people read it, how two versions differ, and what a version would do to the lines before it is published."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope
from metrics.models import RubricVersion, StageRow
from metrics.scoring import Criterion, Kind, Rubric, Scope, Scorecard, diff_rubrics
from metrics.selectors.words import bound, read

LINES_AT_ONCE = 2_000


@dataclass(frozen=True)
class CriterionShown:
    """A criterion with everything it rests on."""

    code: str
    level: str
    statement: str
    is_must: bool
    is_attested: bool
    is_once: bool
    measure: str
    threshold: str
    window: str
    effort: str
    remedy: str
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class DimensionShown:
    """A dimension with its criteria, lowest stage first."""

    code: str
    name: str
    summary: str
    weight: int
    criteria: tuple[CriterionShown, ...]


def dimensions_of(rubric: Rubric) -> tuple[DimensionShown, ...]:
    """The rubric by dimension, in the reader's language."""
    order = {level.code: level.index for level in rubric.levels}
    names = {level.code: read(level.name) for level in rubric.levels}
    return tuple(
        DimensionShown(
            one.code,
            read(one.name),
            read(one.summary),
            one.weight,
            tuple(
                _criterion(c, names[c.level])
                for c in sorted(rubric.criteria, key=lambda c: order[c.level])
                if c.dimension == one.code
            ),
        )
        for one in rubric.dimensions
    )


def _criterion(c: Criterion, level: str) -> CriterionShown:
    basis = {
        "S": _("stated by a source"),
        "A": _("adapted from a source"),
        "R": _("reasoned by the programme"),
    }
    window = []
    if c.window_days:
        window.append(_("looks back %(n)d days") % {"n": c.window_days})
    if c.max_age_days:
        window.append(_("evidence at most %(n)d days old") % {"n": c.max_age_days})
    return CriterionShown(
        code=c.code,
        level=level,
        statement=read(c.statement),
        is_must=c.must,
        is_attested=c.kind is Kind.ATTESTED,
        is_once=c.scope is Scope.PROGRAMME,
        measure=c.indicator or "",
        threshold=bound(c.op, c.threshold, c.unit) if c.indicator else "",
        window=", ".join(window),
        effort=c.effort.value,
        remedy=read(c.remedy),
        basis=basis.get(c.basis, c.basis),
        sources=c.sources,
    )


@dataclass(frozen=True)
class Difference:
    """One criterion that differs between two versions: what happened, and its statement in each that has it."""

    kind: str
    label: str
    code: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionDiff:
    """How a version differs from an earlier one."""

    rows: tuple[Difference, ...]
    rules_changed: bool
    frame_changed: bool


def version_diff(before: Rubric, after: Rubric) -> VersionDiff:
    """Criteria added, removed, judged differently or only worded differently."""
    found = diff_rubrics(before, after)
    old = {c.code: c for c in before.criteria}
    new = {c.code: c for c in after.criteria}
    labels = (
        ("added", _("added"), found.added),
        ("removed", _("removed"), found.removed),
        ("changed", _("judged differently"), found.changed),
        ("reworded", _("worded differently"), found.reworded),
    )
    rows = tuple(
        Difference(kind, label, code, _told(old.get(code)), _told(new.get(code)))
        for kind, label, codes in labels
        for code in codes
    )
    return VersionDiff(rows, found.rules_changed, found.frame_changed)


def _told(c: Criterion | None) -> str:
    if c is None:
        return ""
    threshold = bound(c.op, c.threshold, c.unit) if c.indicator else ""
    return f"{read(c.statement)} {threshold}".strip()


@dataclass(frozen=True)
class LineMove:
    """A line whose overall stage would be another one."""

    code: str
    name: str
    before: int
    after: int

    @property
    def rises(self) -> bool:
        """Whether it would rise."""
        return self.after > self.before


def lines_to_preview(principal: Principal) -> tuple[BusinessLine, ...]:
    """The active lines in the caller's scope, at most two thousand (one query)."""
    return tuple(lines_in_scope(principal).active().order_by("code_key")[:LINES_AT_ONCE])


def moves(
    lines: Collection[BusinessLine], cards: dict[int | None, Scorecard], current: RubricVersion
) -> tuple[LineMove, ...]:
    """Lines whose stage under the previewed version differs from the stored one; rises first, each by code (one query)."""
    rows = StageRow.objects.open().filter(
        rubric=current, dimension="", line_id__in=[line.pk for line in lines]
    )
    now = dict(rows.values_list("line_id", "level_index"))
    found = [
        LineMove(line.code, line.name, now[line.pk], cards[line.pk].index)
        for line in lines
        if line.pk in now and line.pk in cards and cards[line.pk].index != now[line.pk]
    ]
    return tuple(sorted(found, key=lambda move: (not move.rises, move.code.casefold())))
