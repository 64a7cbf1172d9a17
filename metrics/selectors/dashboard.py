"""The hub's first page: where the programme stands, what moved, what needs someone, and what to do next.

Every part is one query whatever the number of lines; the heat map comes in pages of lines.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, DateTimeField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, gettext as _

from coe.models import BusinessLine
from coe.models.prepared import Given, PreparedByShape
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope, scoped
from coe.selectors.counting import how_many
from coe.selectors.kept import Kept
from metrics.models import RubricVersion, StageRow, TargetStage, VerdictRow
from metrics.scoring import CompiledRubric, Scope
from metrics.selectors.cards import NextStep, StageCell, TrendPoint
from metrics.selectors.criterion_lines import UNMET
from metrics.selectors.moved import MOVED, MOVED_AT_MOST, Moved, moves_of, told
from metrics.selectors.pulse import Freshness, Totals, pulse_of
from metrics.selectors.rubrics import compiled_of, rubric_of
from metrics.selectors.scorecards import QUARTER, TREND, cell_of, steps_of
from metrics.selectors.scored import scorecard_of
from metrics.selectors.waiting import Waiting
from metrics.selectors.words import read
from metrics.selectors.work_queue import (
    NeedsYou,
    Pile,
    account_piles,
    late_pile,
    office_piles,
    silent_accounts,
    silent_pile,
    target_piles,
    waiting_piles,
)

PAGE = 50
ACTIONS = 6
ROOTS = 5


@dataclass(frozen=True)
class HeatRow:
    """One line of the heat map: the whole, then a cell per dimension (None where it is not judged yet)."""

    code: str
    name: str
    url: str
    depth: int
    overall: StageCell | None
    cells: tuple[StageCell | None, ...]


@dataclass(frozen=True)
class Action:
    """A step worth taking, and how many lines in the reader's scope do not meet its criterion."""

    step: NextStep
    lines: int


@dataclass(frozen=True)
class Dimension:
    """A column of the heat map."""

    code: str
    name: str


@dataclass(frozen=True)
class Scores:
    """What rests on scores, lines and aims alone. `is_scored` is false before the first run; `late` counts aims past their day."""

    title: str = ""
    is_scored: bool = False
    dimensions: tuple[Dimension, ...] = ()
    overall: StageCell | None = None
    programme: tuple[StageCell, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    heat: tuple[HeatRow, ...] = ()
    has_more_lines: bool = False
    moved: tuple[Moved, ...] = ()
    actions: tuple[Action, ...] = ()
    late: int = 0


@dataclass(frozen=True, kw_only=True)
class Dashboard(Scores):
    """Everything on the page. Two with one `version` have the same `Scores`."""

    version: Hashable
    rubric: RubricVersion | None
    page: int
    queue: tuple[NeedsYou, ...]
    freshness: Freshness
    totals: Totals
    waiting: Waiting


class Standing(NamedTuple):
    """A stored stage as the heat map needs it: hundreds a page, so no object of the ORM is built of them."""

    line_id: int | None
    rubric_id: int
    dimension: str
    standing: str
    level_index: int
    score_tenths: int | None
    met: int
    applicable: int
    waived: int
    known_from: dt.datetime
    known_until: dt.datetime | None
    target: str | None
    causes: tuple[str, ...] = ()


_STANDING = Standing._fields[:-1]
Stages = Mapping[int | None, Mapping[str, Standing]]


def _in_tree_order(lines: QuerySet[BusinessLine]) -> QuerySet[BusinessLine]:
    """A group right above its own lines: by the group's code, then the group itself, then its lines by code."""
    return lines.order_by(Coalesce("parent__code_key", "code_key"), "depth", "code_key")


_LINE = ("id", "code", "name", "depth")
_ASKED = PreparedByShape()
_KEPT: Kept[Scores] = Kept(32)
# The one pile for which two large tables are read whole.
_SILENT: Kept[int] = Kept(128)


def programme_dashboard(principal: Principal, at: dt.datetime, page: int = 1) -> Dashboard:
    """The dashboard of a caller: programme totals for everybody, lines and work within scope.

    What rests on scores is kept as long as nothing it rests on changed, and an hour at most, since it looks back by the hour: one
    query when nothing changed, six when a score or an aim did, and one more when accounts or figures did.
    """
    of_accounts = account_piles(principal, at)
    others = target_piles(principal, at) | office_piles(principal, at)
    pulse = pulse_of(principal, of_accounts | others, at)
    piles = of_accounts | {"stale": silent_pile(principal, at)} | others
    page = max(1, page)
    scores, sizes = Scores(), dict(pulse.sizes)
    facts = (pulse.facts, principal.scope, at.date())
    sizes["stale"] = _SILENT.get(facts, lambda: silent_accounts(principal, at).count())
    hour = at.replace(minute=0, second=0, microsecond=0)
    version = (pulse.version, principal.scope, page, hour, get_language())
    if (rubric := pulse.rubric) is not None:
        scores = _KEPT.get(version, lambda: _scores(principal, rubric, page, at, hour))
        piles["late"] = late_pile(principal, at, rubric, rubric_of(rubric))
        sizes["late"] = scores.late
    return Dashboard(
        **vars(scores),
        version=version,
        rubric=rubric,
        page=page,
        queue=waiting_piles(piles, sizes),
        freshness=pulse.freshness,
        totals=pulse.totals,
        waiting=pulse.waiting,
    )


def _scores(
    principal: Principal, rubric: RubricVersion, page: int, at: dt.datetime, hour: dt.datetime
) -> Scores:
    """What rests on scores, as looked back at from an hour (five queries)."""
    compiled = compiled_of(rubric)
    model = compiled.rubric
    lines = _lines(principal, page)
    has_more, lines = len(lines) > PAGE, lines[:PAGE]
    now, then, trend = _stages(rubric, [line.pk for line in lines], hour)
    names = {d.code: read(d.name) for d in model.dimensions} | {"": _("Overall")}
    # A run writes the stages of a line side by side, so those of the last one shown are among as many more as it has dimensions.
    moves = moves_of(
        principal, rubric, since=hour - MOVED, until=at, most=MOVED_AT_MOST + len(model.dimensions)
    )
    judged, turned = _verdicts(principal, rubric, moves[:MOVED_AT_MOST])
    late = late_pile(principal, at, rubric, model)
    actions, how_late = _actions(principal, rubric, compiled, judged, late, at)

    def cell(line_id: int | None, code: str) -> StageCell | None:
        row = now.get(line_id, {}).get(code)
        if row is None:
            return None
        return cell_of(
            row,
            model,
            name=names[code],
            before=then.get(line_id, {}).get(code),
            target=row.target,
        )

    whole = [cell(None, d.code) for d in model.dimensions]
    return Scores(
        title=read(model.title),
        is_scored=None in now,
        dimensions=tuple(Dimension(d.code, names[d.code]) for d in model.dimensions),
        overall=cell(None, ""),
        programme=tuple(found for found in whole if found is not None),
        trend=trend,
        heat=tuple(
            HeatRow(
                line.code,
                line.name,
                line.get_absolute_url(),
                line.depth,
                cell(line.pk, ""),
                tuple(cell(line.pk, d.code) for d in model.dimensions),
            )
            for line in lines
        ),
        has_more_lines=has_more,
        moved=told(moves, turned, compiled),
        actions=actions,
        late=how_late,
    )


def _lines(principal: Principal, page: int) -> list[BusinessLine]:
    """The lines of a page of the heat map and, if there is one, the first of the next (one query)."""
    start = (page - 1) * PAGE

    def build() -> QuerySet[Any]:
        rows = _in_tree_order(lines_in_scope(principal).active()).values_list(*_LINE)
        return rows[start : start + PAGE + 1]

    found = _ASKED.get(("lines", principal.scope, page), build).rows()
    return [BusinessLine.from_db(BusinessLine.objects.db, _LINE, row) for row in found]


def _stages(
    rubric: RubricVersion, lines: list[int], at: dt.datetime
) -> tuple[Stages, Stages, tuple[TrendPoint, ...]]:
    """Stages now with their targets, a quarter ago, and the programme's way since last year, from one query."""
    quarter = at - QUARTER

    def build() -> QuerySet[Any]:
        then, since = Given("quarter", DateTimeField()), Given("since", DateTimeField())
        was_known = Q(known_from__lte=then) & (Q(known_until__isnull=True) | Q(known_until__gt=then))
        shown = (Q(line_id__in=lines) | Q(line__isnull=True)) & (Q(known_until__isnull=True) | was_known)
        history = Q(line__isnull=True, dimension="", known_from__gte=since)
        aim = TargetStage.objects.filter(
            line=OuterRef("line"), dimension=OuterRef("dimension"), rubric_code=rubric.code
        )
        rows = StageRow.objects.filter(shown | history, rubric=rubric).order_by("known_from", "pk")
        aimed = Case(When(known_until__isnull=True, then=Subquery(aim.values("level")[:1])))
        return rows.annotate(target=aimed).values_list(*_STANDING)

    found = _ASKED.get(("stages", rubric.pk, rubric.sha256, tuple(lines)), build).rows(
        quarter=quarter, since=at - TREND
    )
    now: dict[int | None, dict[str, Standing]] = defaultdict(dict)
    then: dict[int | None, dict[str, Standing]] = defaultdict(dict)
    trend = []
    for row in map(Standing._make, ((*one, ()) for one in found)):
        if row.known_until is None:
            now[row.line_id][row.dimension] = row
        if row.known_from <= quarter and (row.known_until is None or row.known_until > quarter):
            then[row.line_id][row.dimension] = row
        if row.line_id is None and not row.dimension and row.known_from >= at - TREND:
            trend.append(TrendPoint(row.known_from, row.level_index, row.score_tenths))
    return now, then, tuple(trend)


def _verdicts(
    principal: Principal, rubric: RubricVersion, moves: list[StageRow]
) -> tuple[dict[int | None, list[VerdictRow]], dict[tuple[int, dt.datetime], list[VerdictRow]]]:
    """Open verdicts of the programme (or of the caller's own lines where the caller sees only some), and those that turned in
    the instants of the moves, by line and instant (one query)."""
    roots = list(principal.line_ids[:ROOTS])
    everything = principal.sees_all or not roots
    subject = Q(line__isnull=True) if everything else Q(line_id__in=roots)
    instants = {(row.line_id, row.known_from) for row in moves}
    moved = Q(
        line_id__in={line_id for line_id, _at in instants}, known_from__in={at for _line, at in instants}
    )
    judged: dict[int | None, list[VerdictRow]] = defaultdict(list)
    turned: dict[tuple[int, dt.datetime], list[VerdictRow]] = defaultdict(list)
    wanted = set() if everything else set(roots)
    rows = VerdictRow.objects.filter(subject & Q(known_until__isnull=True) | moved, rubric=rubric)
    for row in rows.order_by("criterion", "pk"):
        if row.known_until is None and (row.line_id in wanted or (everything and row.line_id is None)):
            judged[row.line_id].append(row)
        if (row.line_id, row.known_from) in instants:
            turned[row.line_id, row.known_from].append(row)
    return judged, turned


def _actions(
    principal: Principal,
    rubric: RubricVersion,
    compiled: CompiledRubric,
    judged: Mapping[int | None, list[VerdictRow]],
    late: Pile,
    at: dt.datetime,
) -> tuple[tuple[Action, ...], int]:
    """The steps that lift the programme or the caller's own lines, and the size of the pile of late aims (one query)."""
    steps: dict[str, NextStep] = {}
    for line_id, rows in judged.items():
        scope = Scope.PROGRAMME if line_id is None else Scope.LINE
        card = scorecard_of(compiled, rows, on=at.date(), targets={}, scope=scope)
        if card is not None:
            for step in steps_of(card, compiled, None)[2]:
                steps.setdefault(step.code, step)
    chosen = list(steps.values())[:ACTIONS]

    def build() -> QuerySet[Any]:
        unmet = VerdictRow.objects.open().filter(rubric=rubric, verdict__in=UNMET, line__isnull=False)
        unmet = scoped(unmet, principal)
        sizes = [how_many(unmet.filter(criterion=step.code)) for step in chosen]
        return RubricVersion.objects.filter(pk=rubric.pk).values_list(*sizes, late.size())

    codes = tuple(step.code for step in chosen)
    (counts,) = _ASKED.get(
        ("counts", rubric.pk, rubric.sha256, principal.scope, codes, at.date()), build
    ).rows()
    return tuple(Action(step, count) for step, count in zip(chosen, counts, strict=False)), counts[-1]
