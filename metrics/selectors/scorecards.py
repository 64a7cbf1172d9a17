"""The scorecard of a line, or of the programme: stored rows, worded for a reader. The number of queries never depends on the data."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import get_language, gettext as _

from coe.errors import NotFound
from coe.models import BusinessLine, Organisation
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope
from metrics.enums.maturity import ReasonChoice, RunState, StandingChoice, VerdictChoice
from metrics.models import MaturityRun, StageRow, TargetStage, VerdictRow
from metrics.scoring import MET, CompiledRubric, Criterion, Rubric, Scope, Scorecard, Verdict, next_steps
from metrics.selectors.bands import line_bands
from metrics.selectors.cards import (
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


def standing_words(standing: str) -> str:
    """A standing in the reader's language."""
    return _standing_words(standing, get_language())


@lru_cache(maxsize=64)
def _standing_words(standing: str, _language: str | None) -> str:
    return str(StandingChoice(standing).label)


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
        standing_label=standing_words(row.standing),
        index=row.level_index,
        level=level.code if level else "",
        letter=level.letter if level else "–",
        level_name=read(level.name) if level else standing_words(row.standing),
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
    asked = Organisation.objects.annotate(
        in_scope=Exists(lines_in_scope(principal).filter(pk=line.pk)),
        computed_at=Subquery(last_computed(at)),
        **cohort_marks(),
    )
    settings, beside = asked.filter(pk=1).first(), None
    if settings is None:
        settings = Organisation()
        settings.in_scope = lines_in_scope(principal).filter(pk=line.pk).exists()
    if not settings.open_scorecards and not settings.in_scope:
        raise NotFound(_("There is no such line in your scope."))
    if settings.pk and as_of is None:
        beside = Beside(settings.time_zone, settings.computed_at, cohort_of(settings, at))
    return _scorecard(line, settings.time_zone, at, as_of, beside)


def programme_scorecard(at: dt.datetime, as_of: dt.date | None = None) -> LineScorecard:
    """The scorecard of the programme, which everybody who may log in may see; its failing records have their own scope."""
    settings = Organisation.objects.filter(pk=1).first() or Organisation()
    return _scorecard(None, settings.time_zone, at, as_of)


@dataclass(frozen=True)
class Beside:
    """What a page has read together with the line, so that its scorecard need not ask again.

    `cohort` is different whenever any stage was written or any line changed: the scores kept under it are exact.
    """

    time_zone: str
    computed_at: dt.datetime | None
    cohort: str


def cohort_marks() -> dict[str, Any]:
    """What differs whenever a stage is written (in the order of ids: scoring is serialised) or a line changes (its revision rises)."""
    lines = BusinessLine.objects.order_by().values(one=F("id") * 0)
    return {
        "newest_stage": Subquery(StageRow.objects.order_by("-pk").values("pk")[:1]),
        "revisions": Subquery(lines.annotate(total=Sum("revision")).values("total")),
    }


def cohort_of(row: Any, at: dt.datetime) -> str:
    """The key of cohorts from a row with `cohort_marks`: by the hour, since the weights of lines follow their accounts."""
    return f"{row.newest_stage}:{row.revisions}:{at:%Y-%m-%d %H}"


def scorecard_beside(line: BusinessLine, beside: Beside, at: dt.datetime) -> LineScorecard:
    """The scorecard of a line that was fetched in scope, as it stands now (two queries; two more after something was scored)."""
    return _scorecard(line, beside.time_zone, at, None, beside)


def last_computed(until: dt.datetime) -> QuerySet[MaturityRun]:
    """The newest finished run before an instant, for its `finished_at`."""
    runs = MaturityRun.objects.filter(state=RunState.DONE, finished_at__lte=until)
    return runs.order_by("-finished_at").values("finished_at")[:1]


def _scorecard(
    line: BusinessLine | None,
    time_zone: str,
    at: dt.datetime,
    as_of: dt.date | None,
    beside: Beside | None = None,
) -> LineScorecard:
    today = at.astimezone(ZoneInfo(time_zone)).date()
    if as_of is not None and as_of >= today:
        as_of = None
    instant = _instant(as_of, time_zone)
    day, now = as_of or today, instant or at
    mine = {"line_id": line.pk} if line else {"line__isnull": True}
    stages, former, past = _stages(line, mine, instant, now)
    rubric = next(iter(stages.values())).rubric if stages else current_rubric()
    computed_at = (
        beside.computed_at if beside else last_computed(now).values_list("finished_at", flat=True).first()
    )
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
    before = {row.dimension: row for row in former if row.rubric_id == rubric.pk}
    targets = {code: row.target for code, row in stages.items() if row.target} if line else {}
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
    own = {"": whole.score_tenths if whole else None} | {cell.dimension: cell.score for cell in cells}
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
        bands=line_bands(line, rubric, own, instant, beside.cohort if beside else "") if line else (),
        trend=tuple(
            TrendPoint(row.known_from, row.level_index, row.score_tenths)
            for row in past
            if row.rubric.code == rubric.code
        ),
        computed_at=computed_at,
    )


def _stages(
    line: BusinessLine | None, mine: dict[str, object], instant: dt.datetime | None, now: dt.datetime
) -> tuple[dict[str, StageRow], list[StageRow], list[StageRow]]:
    """Stages by dimension with the level aimed at, those of a quarter before, and the whole's since last year (one query)."""
    quarter = now - QUARTER
    then = instant or now
    was = Q(known_from__lte=quarter) & (Q(known_until__isnull=True) | Q(known_until__gt=quarter))
    present = Q(known_until__isnull=True)
    if instant is not None:
        present = Q(known_from__lte=then) & (present | Q(known_until__gt=then))
    whole = Q(dimension="", known_from__gte=now - TREND, known_from__lte=now)
    aim = TargetStage.objects.filter(
        line=line, dimension=OuterRef("dimension"), rubric_code=OuterRef("rubric__code")
    )
    rows = StageRow.objects.filter(present | was | whole, **mine).select_related("rubric")
    rows = rows.defer("rubric__document").annotate(target=Subquery(aim.values("level")[:1]))
    stages: dict[str, StageRow] = {}
    former, past = [], []
    for row in rows.order_by("known_from", "pk"):
        if row.known_until is None or (
            instant is not None and row.known_from <= then and row.known_until > then
        ):
            if instant is None or row.known_from <= then:
                stages[row.dimension] = row
        if row.known_from <= quarter and (row.known_until is None or row.known_until > quarter):
            former.append(row)
        if not row.dimension and now - TREND <= row.known_from <= now:
            past.append(row)
    return stages, former, past
