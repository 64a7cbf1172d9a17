"""The hub's first page: where the programme stands, what moved, what needs someone, and what to do next.

Every part is one query whatever the number of lines; the heat map comes in pages of lines.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope, scope_filter, scoped
from metrics.enums.maturity import CauseChoice, RunKind, RunState
from metrics.models import MaturityRun, RubricVersion, StageRow, TargetStage, VerdictRow
from metrics.scoring import MET, CompiledRubric, Scope, Verdict
from metrics.selectors.cards import NextStep, StageCell, TrendPoint
from metrics.selectors.criterion_lines import UNMET
from metrics.selectors.rubrics import compiled_of, current_rubric
from metrics.selectors.scorecards import QUARTER, TREND, cell_of, steps_of
from metrics.selectors.scored import scorecard_of
from metrics.selectors.words import read
from metrics.selectors.work_queue import NeedsYou, account_piles, other_piles

PAGE = 50
MOVED = dt.timedelta(days=31)
MOVED_AT_MOST = 12
TURNED_AT_MOST = 3
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
class Turned:
    """A criterion that turned with a stage, and its page."""

    code: str
    verdict: str
    url: str


@dataclass(frozen=True)
class Moved:
    """A stage that rose or fell, and why."""

    at: dt.datetime
    line_code: str
    line_name: str
    url: str
    dimension: str
    name: str
    before: str
    after: str
    rise: int
    causes: tuple[str, ...]
    cause_labels: tuple[str, ...]
    turned: tuple[Turned, ...]


@dataclass(frozen=True)
class Action:
    """A step worth taking, and how many lines in the reader's scope do not meet its criterion."""

    step: NextStep
    lines: int


@dataclass(frozen=True)
class Freshness:
    """How young the scores and the figures behind them are."""

    full_at: dt.datetime | None
    incremental_at: dt.datetime | None
    running: int
    newest_figure_on: dt.date | None


@dataclass(frozen=True)
class Dimension:
    """A column of the heat map."""

    code: str
    name: str


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page. `is_scored` is false before the first run."""

    rubric: RubricVersion | None
    title: str
    is_scored: bool
    dimensions: tuple[Dimension, ...]
    overall: StageCell | None
    programme: tuple[StageCell, ...]
    trend: tuple[TrendPoint, ...]
    heat: tuple[HeatRow, ...]
    has_more_lines: bool
    page: int
    moved: tuple[Moved, ...]
    queue: tuple[NeedsYou, ...]
    actions: tuple[Action, ...]
    freshness: Freshness


Stages = Mapping[int | None, Mapping[str, StageRow]]


def _in_tree_order(lines: QuerySet[BusinessLine]) -> QuerySet[BusinessLine]:
    """A group right above its own lines: by the group's code, then the group itself, then its lines by code."""
    return lines.order_by(Coalesce("parent__code_key", "code_key"), "depth", "code_key")


def programme_dashboard(principal: Principal, at: dt.datetime, page: int = 1) -> Dashboard:
    """The dashboard of a caller: programme totals for everybody, lines and work within scope."""
    rubric = current_rubric()
    page = max(1, page)
    queue, newest = account_piles(principal, at)
    freshness = _freshness(newest)
    if rubric is None:
        queue += other_piles(principal, at, None, None)
        return Dashboard(None, "", False, (), None, (), (), (), False, page, (), queue, (), freshness)
    compiled = compiled_of(rubric)
    model = compiled.rubric
    queue += other_piles(principal, at, rubric, model)
    start = (page - 1) * PAGE
    lines = list(_in_tree_order(lines_in_scope(principal).active())[start : start + PAGE + 1])
    has_more, lines = len(lines) > PAGE, lines[:PAGE]
    now, then, trend = _stages(rubric, [line.pk for line in lines], at)
    names = {d.code: read(d.name) for d in model.dimensions} | {"": _("Overall")}
    aims = {
        (line_id, code): level
        for line_id, code, level in TargetStage.objects.filter(
            rubric_code=rubric.code, line_id__in=[line.pk for line in lines]
        ).values_list("line_id", "dimension", "level")
    }

    def cell(line_id: int | None, code: str) -> StageCell | None:
        row = now.get(line_id, {}).get(code)
        if row is None:
            return None
        return cell_of(
            row,
            model,
            name=names[code],
            before=then.get(line_id, {}).get(code),
            target=aims.get((line_id, code)),
        )

    whole = [cell(None, d.code) for d in model.dimensions]
    return Dashboard(
        rubric=rubric,
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
        page=page,
        moved=_moved(principal, rubric, compiled, at),
        queue=queue,
        actions=_actions(principal, rubric, compiled, at),
        freshness=freshness,
    )


def _stages(
    rubric: RubricVersion, lines: list[int], at: dt.datetime
) -> tuple[Stages, Stages, tuple[TrendPoint, ...]]:
    """Stages now, a quarter ago, and the programme's way since last year, from one query."""
    quarter = at - QUARTER
    was_known = Q(known_from__lte=quarter) & (Q(known_until__isnull=True) | Q(known_until__gt=quarter))
    shown = (Q(line_id__in=lines) | Q(line__isnull=True)) & (Q(known_until__isnull=True) | was_known)
    history = Q(line__isnull=True, dimension="", known_from__gte=at - TREND)
    now: dict[int | None, dict[str, StageRow]] = defaultdict(dict)
    then: dict[int | None, dict[str, StageRow]] = defaultdict(dict)
    trend = []
    for row in StageRow.objects.filter(shown | history, rubric=rubric).order_by("known_from", "pk"):
        if row.known_until is None:
            now[row.line_id][row.dimension] = row
        if row.known_from <= quarter and (row.known_until is None or row.known_until > quarter):
            then[row.line_id][row.dimension] = row
        if row.line_id is None and not row.dimension and row.known_from >= at - TREND:
            trend.append(TrendPoint(row.known_from, row.level_index, row.score_tenths))
    return now, then, tuple(trend)


def _moved(
    principal: Principal, rubric: RubricVersion, compiled: CompiledRubric, at: dt.datetime
) -> tuple[Moved, ...]:
    """Stages of lines in scope that rose or fell in the last month, the newest first."""
    model = compiled.rubric
    former = StageRow.objects.filter(
        line_id=OuterRef("line_id"),
        dimension=OuterRef("dimension"),
        known_until=OuterRef("known_from"),
        pk__lt=OuterRef("pk"),
    ).order_by("-pk")
    rows = list(
        scoped(StageRow.objects.filter(rubric=rubric, line__isnull=False), principal)
        .filter(known_from__gte=at - MOVED, known_from__lte=at)
        .annotate(before=Subquery(former.values("level_index")[:1]))
        .filter(before__isnull=False)
        .exclude(before=F("level_index"))
        .select_related("line")
        .order_by("-known_from", "-pk")[:MOVED_AT_MOST]
    )
    turned = _turned(rubric, compiled, rows)
    names = {d.code: read(d.name) for d in model.dimensions} | {"": _("Overall")}

    def level(index: int) -> str:
        return read(model.levels[index].name) if 0 <= index < len(model.levels) else _("Not yet")

    return tuple(
        Moved(
            at=row.known_from,
            line_code=row.line.code,
            line_name=row.line.name,
            url=f"{row.line.get_absolute_url()}#{row.dimension or 'overall'}",
            dimension=row.dimension,
            name=names.get(row.dimension, row.dimension),
            before=level(row.before),
            after=level(row.level_index),
            rise=row.level_index - row.before,
            causes=tuple(row.causes),
            cause_labels=tuple(str(CauseChoice(cause).label) for cause in row.causes),
            turned=turned[row.pk],
        )
        for row in rows
    )


def _turned(
    rubric: RubricVersion, compiled: CompiledRubric, rows: list[StageRow]
) -> dict[int, tuple[Turned, ...]]:
    """The criteria whose verdict changed in the instant a stage did, those that speak for the change only (one query)."""
    dimension_of = {c.code: c.dimension for c in compiled.rubric.criteria}
    changed: dict[tuple[int, dt.datetime], list[tuple[str, str]]] = defaultdict(list)
    verdicts = VerdictRow.objects.filter(
        rubric=rubric,
        line_id__in={row.line_id for row in rows},
        known_from__in={row.known_from for row in rows},
    ).order_by("criterion", "pk")
    for line_id, since, code, verdict in verdicts.values_list(
        "line_id", "known_from", "criterion", "verdict"
    ):
        changed[line_id, since].append((code, verdict))
    return {
        row.pk: tuple(
            Turned(code, verdict, reverse("line-criterion", args=[row.line.code, code]))
            for code, verdict in changed[row.line_id, row.known_from]
            if dimension_of.get(code) in (row.dimension, None)
            and (Verdict(verdict) in MET) == (row.level_index > row.before)
        )[:TURNED_AT_MOST]
        for row in rows
    }


def _actions(
    principal: Principal, rubric: RubricVersion, compiled: CompiledRubric, at: dt.datetime
) -> tuple[Action, ...]:
    """The steps that lift the programme, or the caller's own lines where the caller sees only some (two queries)."""
    roots = list(principal.line_ids[:ROOTS])
    subject = Q(line__isnull=True) if principal.sees_all or not roots else Q(line_id__in=roots)
    judged: dict[int | None, list[VerdictRow]] = defaultdict(list)
    for row in VerdictRow.objects.open().filter(subject, rubric=rubric).order_by("pk"):
        judged[row.line_id].append(row)
    steps: dict[str, NextStep] = {}
    for line_id, rows in judged.items():
        scope = Scope.PROGRAMME if line_id is None else Scope.LINE
        card = scorecard_of(compiled, rows, on=at.date(), targets={}, scope=scope)
        if card is not None:
            for step in steps_of(card, compiled, None)[2]:
                steps.setdefault(step.code, step)
    unmet = VerdictRow.objects.open().filter(
        rubric=rubric, criterion__in=steps, verdict__in=UNMET, line__isnull=False
    )
    within = scope_filter(principal)
    unmet = unmet if within is None else unmet.filter(within)
    counts = dict(unmet.order_by().values_list("criterion").annotate(lines=Count("pk")))
    return tuple(Action(step, counts.get(code, 0)) for code, step in steps.items())[:ACTIONS]


def _freshness(newest: dt.date | None) -> Freshness:
    """When scores were last computed (one query); what still waits is told by `selectors.waiting`."""
    done = Q(state=RunState.DONE)
    found = MaturityRun.objects.order_by().aggregate(
        full=Max("finished_at", filter=done & Q(kind=RunKind.FULL)),
        incremental=Max("finished_at", filter=done & Q(kind=RunKind.INCREMENTAL)),
        running=Count("pk", filter=Q(state__in=[RunState.QUEUED, RunState.RUNNING])),
    )
    return Freshness(found["full"], found["incremental"], found["running"], newest)
