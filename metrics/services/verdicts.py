"""Judges lines from stored readings and writes what differs from what is known: verdicts and stages, with the causes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Q

from coe.enums.lines import LineStatus
from coe.models import BusinessLine
from governance.selectors.exceptions import waivers
from metrics import db
from metrics.enums.maturity import CauseChoice
from metrics.indicators.base import Combine
from metrics.indicators.registry import REGISTRY
from metrics.models import IndicatorReading, MaturityRun, RubricVersion, StageRow, TargetStage, VerdictRow
from metrics.scoring import (
    CompiledRubric,
    CriterionVerdict,
    DimensionResult,
    Scope,
    Scorecard,
    explain_change,
    score,
    score_many,
)
from metrics.selectors.readings import NOT_APPLICABLE, Values, combined_values, programme_values
from metrics.selectors.rubrics import compiled_of
from metrics.selectors.scored import result_of, verdict_of

BATCH = 1000
LARGEST = tuple(code for code, found in REGISTRY.items() if found.combine is Combine.MAX)
BUSIEST = tuple(code for code, found in REGISTRY.items() if found.combine is Combine.BUSIEST)
# What may differ without making a new row: dates of evidence and the credit that follows from the numbers.
_SOFT = frozenset({"credit", "changes_on", "causes"})


@dataclass
class _Writing:
    """Rows to close, to write and to freshen."""

    closed_verdicts: list[int]
    closed_stages: list[int]
    verdicts: list[VerdictRow]
    stages: list[StageRow]
    moved: list[VerdictRow]


def _targets(lines: Collection[int], rubric_code: str) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = TargetStage.objects.filter(line_id__in=lines, rubric_code=rubric_code).order_by("pk")
    for line_id, dimension, level in rows.values_list("line_id", "dimension", "level"):
        found[line_id][dimension] = level
    return found


def _complete(values: Values, wanted: frozenset[str]) -> Values:
    """A collector that had nothing to say about a line found an empty population; an unknown indicator stays unknown."""
    return {code: values.get(code, NOT_APPLICABLE) for code in wanted if code in REGISTRY}


def scorecards(
    compiled: CompiledRubric,
    lines: Collection[int],
    *,
    programme: bool,
    on: dt.date,
    at: dt.datetime,
    known: dt.datetime | None = None,
) -> dict[int | None, Scorecard]:
    """Judge lines, and the programme under the key None, from readings known at an instant (None: now). Writes nothing.

    Exceptions excuse to the minute: those that hold at `known`, or now (`at`).
    """
    wanted = compiled.rubric.indicators()
    values = combined_values(lines, largest=LARGEST, busiest=BUSIEST, at=known) if lines else {}
    excused = waivers(lines, at=known or at)
    cards: dict[int | None, Scorecard] = dict(
        score_many(
            compiled,
            {line_id: _complete(values.get(line_id, {}), wanted) for line_id in lines},
            waivers_by_line=excused,
            targets_by_line=_targets(lines, compiled.rubric.code) if lines else {},
            as_of=on,
        )
    )
    if programme:
        whole = _complete(programme_values(largest=LARGEST, busiest=BUSIEST, at=known), wanted)
        cards[None] = score(compiled, whole, waivers=excused.get(None, {}), as_of=on, scope=Scope.PROGRAMME)
    return cards


def _detail(found: CriterionVerdict) -> dict[str, Any]:
    detail: dict[str, Any] = {"credit": found.credit, "definition": found.definition}
    if found.threshold is not None:
        detail["threshold"] = str(found.threshold)
    if found.guards:
        detail["guards"] = [
            [g.place, g.indicator, g.verdict.value, g.numerator, g.denominator, str(g.threshold)]
            for g in found.guards
        ]
    if found.guard:
        detail["guard"] = found.guard
    if found.waived_from:
        detail["waived_from"] = found.waived_from.value
    if found.changes_on:
        detail["changes_on"] = found.changes_on.isoformat()
    return detail


def _hard(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if key not in _SOFT}


def _stage_rows(card: Scorecard) -> list[tuple[str, str, int, int | None, int, int, int]]:
    """(dimension, standing, level, score, met, applicable, waived) of every dimension, and of the whole under ""."""
    rows = []
    whole = [0, 0]
    for found in card.dimensions:
        met, applicable = sum(s.met for s in found.stages), sum(s.applicable for s in found.stages)
        whole[0] += met
        whole[1] += applicable
        rows.append(
            (found.code, found.standing.value, found.index, found.score, met, applicable, found.waivers)
        )
    rows.append(("", card.standing.value, card.index, card.score, whole[0], whole[1], card.waivers))
    return rows


def _before(
    card: Scorecard, verdicts: Iterable[VerdictRow], stages: Mapping[str, StageRow], compiled: CompiledRubric
) -> Scorecard:
    """The scorecard as it was stored, as far as explaining a change needs it."""
    rubric = compiled.rubric
    whole = stages.get("")
    dimensions: list[DimensionResult] = [
        result_of(stages[found.code], rubric, found.weight)
        for found in rubric.dimensions
        if found.code in stages
    ]
    index = whole.level_index if whole else -1
    known = {c.code: c for c in rubric.criteria}
    return replace(
        card,
        standing=result_of(whole, rubric, 1).standing if whole else card.standing,
        index=index,
        level=rubric.levels[index].code if 0 <= index < len(rubric.levels) else None,
        dimensions=tuple(dimensions),
        verdicts={
            row.criterion: verdict_of(row, known[row.criterion]) for row in verdicts if row.criterion in known
        },
    )


def _compare(
    line_id: int | None,
    card: Scorecard,
    verdicts: dict[str, VerdictRow],
    stages: dict[str, StageRow],
    *,
    rubric: RubricVersion,
    old: CompiledRubric,
    run: MaturityRun | None,
    at: dt.datetime,
    out: _Writing,
) -> None:
    """Find what differs for one subject and note the rows to write."""
    fresh: list[VerdictRow] = []
    gone = dict(verdicts)
    for code, found in card.verdicts.items():
        row = gone.pop(code, None)
        detail = _detail(found)
        if row is not None and row.rubric_id == rubric.pk:
            same = (row.verdict, row.reason, row.numerator, row.denominator) == (
                found.verdict.value, found.reason.value, found.numerator, found.denominator,
            )  # fmt: skip
            if same and _hard(row.detail) == _hard(detail):
                if row.evidence_on != found.evidence_on or row.detail.get("changes_on") != detail.get(
                    "changes_on"
                ):
                    row.evidence_on = found.evidence_on
                    row.detail = detail | {"causes": row.detail.get("causes", [])}
                    out.moved.append(row)
                continue
        if row is not None:
            out.closed_verdicts.append(row.pk)
        value = found.value
        fresh.append(
            VerdictRow(
                line_id=line_id,
                rubric=rubric,
                criterion=code,
                verdict=found.verdict.value,
                numerator=found.numerator,
                denominator=found.denominator,
                value_numerator=None if value is None else value.numerator,
                value_denominator=None if value is None else value.denominator,
                reason=found.reason.value,
                evidence_on=found.evidence_on,
                detail=detail,
                known_from=at,
                run=run,
            )
        )
    out.closed_verdicts += [row.pk for row in gone.values()]
    risen: list[StageRow] = []
    rest = dict(stages)
    for dimension, standing, level, points, met, applicable, waived in _stage_rows(card):
        now = (standing, level, points, met, applicable, waived)
        row = rest.pop(dimension, None)
        if row is not None:
            was = (row.standing, row.level_index, row.score_tenths, row.met, row.applicable, row.waived)
            if row.rubric_id == rubric.pk and was == now:
                continue
            out.closed_stages.append(row.pk)
        risen.append(
            StageRow(
                line_id=line_id, rubric=rubric, dimension=dimension, standing=standing, level_index=level, score_tenths=points,
                rise=0 if row is None else level - row.level_index,
                met=met, applicable=applicable, waived=waived, known_from=at,
            )
        )  # fmt: skip
    out.closed_stages += [row.pk for row in rest.values()]
    if fresh or risen:
        _attribute(card, verdicts, stages, fresh, risen, old)
        out.verdicts += fresh
        out.stages += risen


def _attribute(
    card: Scorecard,
    verdicts: dict[str, VerdictRow],
    stages: dict[str, StageRow],
    fresh: list[VerdictRow],
    risen: list[StageRow],
    old: CompiledRubric,
) -> None:
    """Say of every new row what made it differ from the one before."""
    if not stages and not verdicts:
        for row in fresh:
            row.detail["causes"] = [CauseChoice.FIRST.value]
        for stage in risen:
            stage.causes = [CauseChoice.FIRST.value]
        return
    report = explain_change(_before(card, verdicts.values(), stages, old), card)
    by_criterion = {change.code: [cause.value for cause in change.causes] for change in report.criteria}
    by_dimension = {
        change.dimension or "": [cause.value for cause in change.causes] for change in report.stages
    }
    usual = [CauseChoice.EVIDENCE.value]
    for row in fresh:
        row.detail["causes"] = by_criterion.get(row.criterion, usual)
    for stage in risen:
        # A score may move while stage and verdicts stay: the numbers behind them changed.
        stage.causes = by_dimension.get(stage.dimension, usual)


@transaction.atomic
def score_lines(
    rubric: RubricVersion,
    lines: Collection[int],
    *,
    programme: bool,
    on: dt.date,
    at: dt.datetime,
    run: MaturityRun | None = None,
) -> int:
    """Judge lines (and the programme) afresh and write what differs; returns how many verdicts changed.

    A second call writes nothing. Rows of another rubric version are closed: one version is current.
    """
    active = list(
        BusinessLine.objects.filter(pk__in=lines, status=LineStatus.ACTIVE)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    compiled = compiled_of(rubric)
    cards = scorecards(compiled, active, programme=programme, on=on, at=at)
    mine = Q(line_id__in=lines) | Q(line__isnull=True) if programme else Q(line_id__in=lines)
    verdicts: dict[int | None, dict[str, VerdictRow]] = defaultdict(dict)
    stages: dict[int | None, dict[str, StageRow]] = defaultdict(dict)
    for row in VerdictRow.objects.open().filter(mine).order_by("pk"):
        verdicts[row.line_id][row.criterion] = row
    for stage in StageRow.objects.open().filter(mine).order_by("pk"):
        stages[stage.line_id][stage.dimension] = stage
    others = {stage.rubric_id for rows in stages.values() for stage in rows.values()} - {rubric.pk}
    former = (
        {row.pk: compiled_of(row) for row in RubricVersion.objects.filter(pk__in=others)} if others else {}
    )
    out = _Writing([], [], [], [], [])
    for line_id, card in cards.items():
        held = stages.pop(line_id, {})
        judged = verdicts.pop(line_id, {})
        known = next((stage.rubric_id for stage in held.values()), rubric.pk)
        _compare(
            line_id, card, judged, held, rubric=rubric, old=former.get(known, compiled), run=run, at=at, out=out,
        )  # fmt: skip
    # What is left belongs to lines that were archived.
    out.closed_verdicts += [row.pk for rows in verdicts.values() for row in rows.values()]
    out.closed_stages += [stage.pk for rows in stages.values() for stage in rows.values()]
    _write(out, at)
    return len(out.verdicts)


def _write(out: _Writing, at: dt.datetime) -> None:
    for start in range(0, len(out.closed_verdicts), BATCH):
        VerdictRow.objects.filter(pk__in=out.closed_verdicts[start : start + BATCH]).update(known_until=at)
    for start in range(0, len(out.closed_stages), BATCH):
        StageRow.objects.filter(pk__in=out.closed_stages[start : start + BATCH]).update(known_until=at)
    db.append(VerdictRow, out.verdicts)
    db.append(StageRow, out.stages)
    VerdictRow.objects.bulk_update(out.moved, ["evidence_on", "detail"], batch_size=500)


@transaction.atomic
def close_archived(*, at: dt.datetime) -> int:
    """Close readings, verdicts and stages of archived lines; returns how many rows."""
    gone = Q(line__in=BusinessLine.objects.filter(status=LineStatus.ARCHIVED))
    return sum(
        model.objects.open().filter(gone).update(known_until=at)
        for model in (IndicatorReading, VerdictRow, StageRow)
    )
