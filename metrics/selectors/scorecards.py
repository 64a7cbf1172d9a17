"""The scorecard of a line, or of the programme: stored rows, worded for a reader. The number of queries never depends on the data."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coe.enums.lines import LineStatus
from coe.errors import NotFound
from coe.models import BusinessLine, Organisation
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope
from metrics.enums.maturity import ReasonChoice, RunState, StandingChoice, VerdictChoice
from metrics.models import MaturityRun, RubricVersion, StageRow, TargetStage, VerdictRow
from metrics.scoring import MET, CompiledRubric, Criterion, Rubric, Scope, Scorecard, Verdict, next_steps
from metrics.selectors.cards import (
    Band,
    CriterionRow,
    GuardRow,
    LineScorecard,
    NextStep,
    StageCell,
    TrendPoint,
)
from metrics.selectors.rubrics import compiled_of, current_rubric
from metrics.selectors.scored import exact_of, scorecard_of
from metrics.selectors.words import bound, fix_url, measured, read, shortfall

QUARTER = dt.timedelta(days=91)
TREND = dt.timedelta(days=400)
SMALLEST_COHORT = 5
BAND_STEP = 50  # tenths of a point


def cell_of(
    row: StageRow, rubric: Rubric, *, name: str, before: StageRow | None = None, target: str | None = None
) -> StageCell:
    """A stored stage, worded."""
    reached = 0 <= row.level_index < len(rubric.levels)
    level = rubric.levels[row.level_index] if reached else None
    aim = next((x for x in rubric.levels if x.code == target), None)
    comparable = before is not None and before.rubric_id == row.rubric_id
    known = (
        comparable and row.score_tenths is not None and before is not None and before.score_tenths is not None
    )
    return StageCell(
        dimension=row.dimension,
        name=name,
        standing=row.standing,
        standing_label=str(StandingChoice(row.standing).label),
        index=row.level_index,
        level=level.code if level else "",
        letter=level.letter if level else "–",
        level_name=read(level.name) if level else str(StandingChoice(row.standing).label),
        score=row.score_tenths,
        delta=row.score_tenths - before.score_tenths if known and before else None,
        rise=row.level_index - before.level_index if comparable and before else 0,
        target_index=aim.index if aim else None,
        target_name=read(aim.name) if aim else "",
        met=row.met,
        applicable=row.applicable,
        waived=row.waived,
        causes=tuple(row.causes),
    )


def _criterion_row(
    row: VerdictRow, criterion: Criterion, rubric: Rubric, line_code: str | None
) -> CriterionRow:
    level = next(x for x in rubric.levels if x.code == criterion.level)
    value = None
    if row.value_numerator is not None and row.value_denominator:
        value = exact_of(f"{row.value_numerator}/{row.value_denominator}")
    guards = []
    for place, _name, verdict, above, below, threshold in row.detail.get("guards", ()):
        guard = criterion.guards[place]
        shown = exact_of(f"{above}/{below or 1}") if above is not None and below != 0 else None
        guards.append(
            GuardRow(
                read(guard.label),
                verdict,
                measured(shown, guard.unit),
                bound(guard.op, exact_of(threshold), guard.unit),
            )
        )
    known_reason = row.reason in ReasonChoice.values
    return CriterionRow(
        code=row.criterion,
        dimension=criterion.dimension,
        level=criterion.level,
        level_name=read(level.name),
        must=criterion.must,
        scope=criterion.scope.value,
        statement=read(criterion.statement),
        verdict=row.verdict,
        verdict_label=str(VerdictChoice(row.verdict).label),
        is_met=Verdict(row.verdict) in MET,
        reason=row.reason,
        reason_label=str(ReasonChoice(row.reason).label) if known_reason else row.reason,
        value=measured(value, criterion.unit),
        threshold=bound(criterion.op, exact_of(row.detail.get("threshold")), criterion.unit),
        unit=criterion.unit,
        numerator=row.numerator,
        denominator=row.denominator,
        failing=shortfall(criterion, row.numerator, row.denominator),
        evidence_on=row.evidence_on,
        changes_on=row.detail.get("changes_on"),
        known_from=row.known_from,
        causes=tuple(row.detail.get("causes", ())),
        guards=tuple(guards),
        effort=criterion.effort.value,
        remedy=read(criterion.remedy),
        fix_url=fix_url(criterion.fix, line_code),
        basis=criterion.basis,
        sources=criterion.sources,
    )


def steps_of(
    card: Scorecard, compiled: CompiledRubric, line_code: str | None
) -> tuple[str, bool, tuple[NextStep, ...]]:
    """The next level's name, whether it can be reached, and the steps to it."""
    rubric = compiled.rubric
    found = next_steps(card, compiled)
    names = {level.code: read(level.name) for level in rubric.levels}
    steps = []
    for step in found.steps:
        criterion = rubric.criterion(step.code)
        steps.append(
            NextStep(
                step.code, step.dimension, read(criterion.statement), names[step.level], step.must, step.effort.value,
                read(criterion.remedy), fix_url(criterion.fix, line_code), round(step.unlock * 100),
            )
        )  # fmt: skip
    return names.get(found.level or "", ""), found.reachable, tuple(steps)


def _bands(
    rows: Iterable[tuple[int, str, int]], own: dict[str, int | None], line_id: int | None
) -> tuple[Band, ...]:
    """The middle half of the other lines per dimension; silent for fewer than five lines, so that nobody is recognised."""
    scores: dict[str, list[int]] = defaultdict(list)
    for other, dimension, points in rows:
        if other != line_id:
            scores[dimension].append(points)
    found = []
    for dimension, mine in own.items():
        values = sorted(scores.get(dimension, ()))
        if len(values) < SMALLEST_COHORT:
            continue
        low, middle, high = (
            round(values[place * (len(values) - 1) // 4] / BAND_STEP) * BAND_STEP // 10 for place in (1, 2, 3)
        )
        position = (
            "unknown"
            if mine is None
            else "below"
            if mine // 10 < low
            else "above"
            if mine // 10 > high
            else "within"
        )
        # Even the size of the cohort is told in fives.
        found.append(Band(dimension, low, middle, high, len(values) // 5 * 5, position))
    return tuple(found)


def _instant(as_of: dt.date | None, zone: str) -> dt.datetime | None:
    if as_of is None:
        return None
    end = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    return end.astimezone(dt.UTC) - dt.timedelta(microseconds=1)


def line_scorecard(
    line: BusinessLine, principal: Principal, at: dt.datetime, as_of: dt.date | None = None
) -> LineScorecard:
    """The scorecard of a line's subtree; with `as_of`, as it was known at the end of that day.

    :raises NotFound: the line is outside the caller's scope, and scorecards are not open.
    """
    settings = Organisation.objects.filter(pk=1).first() or Organisation()
    if not settings.open_scorecards and not lines_in_scope(principal).filter(pk=line.pk).exists():
        raise NotFound(_("There is no such line in your scope."))
    return _scorecard(line, settings, at, as_of)


def programme_scorecard(at: dt.datetime, as_of: dt.date | None = None) -> LineScorecard:
    """The scorecard of the programme, which everybody who may log in may see; its failing records have their own scope."""
    return _scorecard(None, Organisation.objects.filter(pk=1).first() or Organisation(), at, as_of)


def _scorecard(
    line: BusinessLine | None, settings: Organisation, at: dt.datetime, as_of: dt.date | None
) -> LineScorecard:
    today = at.astimezone(ZoneInfo(settings.time_zone)).date()
    if as_of is not None and as_of >= today:
        as_of = None
    instant = _instant(as_of, settings.time_zone)
    day, now = as_of or today, instant or at
    line_id = line.pk if line else None
    mine = {"line_id": line_id} if line else {"line__isnull": True}
    stages = {row.dimension: row for row in StageRow.objects.known(instant).filter(**mine).order_by("pk")}
    rubric = (
        RubricVersion.objects.get(pk=next(iter(stages.values())).rubric_id) if stages else current_rubric()
    )
    computed_at = (
        MaturityRun.objects.filter(state=RunState.DONE, finished_at__lte=now).order_by("-finished_at")
        .values_list("finished_at", flat=True).first()
    )  # fmt: skip
    if rubric is None or not stages:
        title = read(rubric.title) if rubric else ""
        return LineScorecard(
            line, rubric, title, day, False, None, (), (), "", False, (), (), (), computed_at
        )
    compiled = compiled_of(rubric)
    model = compiled.rubric
    known = {c.code: c for c in model.criteria}
    verdicts = [
        row
        for row in VerdictRow.objects.known(instant).filter(rubric=rubric, **mine).order_by("pk")
        if row.criterion in known
    ]
    before = {
        row.dimension: row
        for row in StageRow.objects.known(now - QUARTER).filter(rubric=rubric, **mine).order_by("pk")
    }
    targets: dict[str, str] = {}
    if line:
        aims = TargetStage.objects.filter(line=line, rubric_code=rubric.code).order_by("pk")
        targets = dict(aims.values_list("dimension", "level"))
    scope = Scope.LINE if line else Scope.PROGRAMME
    card = scorecard_of(compiled, verdicts, on=day, targets=targets, scope=scope)
    code = line.code if line else None
    level, reachable, steps = steps_of(card, compiled, code) if card else ("", False, ())
    by_code = {row.criterion: row for row in verdicts}
    cells = tuple(
        cell_of(
            stages[d.code], model, name=read(d.name), before=before.get(d.code), target=targets.get(d.code)
        )
        for d in model.dimensions
        if d.code in stages
    )
    whole = stages.get("")
    return LineScorecard(
        line=line,
        rubric=rubric,
        title=read(model.title),
        as_of=day,
        is_scored=True,
        overall=cell_of(whole, model, name=_("Overall"), before=before.get("")) if whole else None,
        dimensions=cells,
        criteria=tuple(
            _criterion_row(by_code[c.code], c, model, code) for c in model.criteria if c.code in by_code
        ),
        next_level=level,
        is_next_reachable=reachable,
        steps=steps,
        bands=_bench(rubric, instant, cells, whole, line_id) if line else (),
        trend=_trend(mine, rubric, now),
        computed_at=computed_at,
    )


def _bench(
    rubric: RubricVersion,
    instant: dt.datetime | None,
    cells: tuple[StageCell, ...],
    whole: StageRow | None,
    line_id: int | None,
) -> tuple[Band, ...]:
    others = StageRow.objects.known(instant).filter(
        rubric=rubric, line__is_spoke=True, line__status=LineStatus.ACTIVE, score_tenths__isnull=False
    )
    own: dict[str, int | None] = {"": whole.score_tenths if whole else None}
    own |= {cell.dimension: cell.score for cell in cells}
    return _bands(others.order_by().values_list("line_id", "dimension", "score_tenths"), own, line_id)


def _trend(mine: dict[str, object], rubric: RubricVersion, now: dt.datetime) -> tuple[TrendPoint, ...]:
    rows = StageRow.objects.filter(
        rubric__code=rubric.code, dimension="", known_from__gte=now - TREND, known_from__lte=now, **mine
    ).order_by("known_from", "pk")
    found = rows.values_list("known_from", "level_index", "score_tenths")
    return tuple(TrendPoint(when, index, points) for when, index, points in found)
