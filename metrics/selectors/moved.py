"""What moved, and why: stages that rose or fell, with the criteria or the dimensions that moved them, from stored rows."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from coe.rules.principals import Principal
from coe.rules.scope import scoped
from metrics.enums.maturity import CauseChoice
from metrics.models import RubricVersion, StageRow, VerdictRow
from metrics.scoring import MET, CompiledRubric, Verdict
from metrics.selectors.words import read

MOVED = dt.timedelta(days=31)
MOVED_AT_MOST = 12
TURNED_AT_MOST = 3


@dataclass(frozen=True)
class Turned:
    """A criterion that turned with a stage, and its page."""

    code: str
    verdict: str
    url: str


@dataclass(frozen=True)
class MovedWith:
    """A dimension that moved the way of the overall stage in the same instant, and where the line's page tells it."""

    name: str
    before: str
    after: str
    url: str


@dataclass(frozen=True)
class Moved:
    """A stage that rose or fell, and why: a dimension's by the criteria that turned, the overall one by the dimensions."""

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
    dimensions: tuple[MovedWith, ...] = ()


def moves_of(
    principal: Principal, rubric: RubricVersion, *, since: dt.datetime, until: dt.datetime, most: int
) -> list[StageRow]:
    """Stages of lines in scope that rose or fell between two instants, the newest first."""
    rows = scoped(StageRow.objects.filter(rubric=rubric, line__isnull=False), principal)
    rows = rows.filter(~Q(rise=0), known_from__gte=since, known_from__lte=until).select_related("line")
    return list(rows.order_by("-known_from", "-pk")[:most])


def told(
    moves: list[StageRow],
    turned: Mapping[tuple[int, dt.datetime], list[VerdictRow]],
    compiled: CompiledRubric,
) -> tuple[Moved, ...]:
    """The moves in words, each with the criteria that turned in the same instant and speak for it; of an overall stage, with the
    dimensions that moved its way in that instant. At most `MOVED_AT_MOST` are told, the others are there for their siblings."""
    model = compiled.rubric
    names = {d.code: read(d.name) for d in model.dimensions} | {"": _("Overall")}
    dimension_of = {c.code: c.dimension for c in model.criteria}

    def level(index: int) -> str:
        return read(model.levels[index].name) if 0 <= index < len(model.levels) else _("Not yet")

    def reasons(row: StageRow) -> tuple[Turned, ...]:
        return tuple(
            Turned(
                found.criterion,
                found.verdict,
                reverse("line-criterion", args=[row.line.code, found.criterion]),
            )
            for found in turned.get((row.line_id, row.known_from), ())
            if dimension_of.get(found.criterion) in (row.dimension, None)
            and (Verdict(found.verdict) in MET) == (row.rise > 0)
        )[:TURNED_AT_MOST]

    def through(row: StageRow) -> tuple[MovedWith, ...]:
        beside = {
            one.dimension: one
            for one in moves
            if (one.line_id, one.known_from) == (row.line_id, row.known_from)
            and (one.rise > 0) == (row.rise > 0)
        }
        return tuple(
            MovedWith(
                names[code],
                level(beside[code].level_index - beside[code].rise),
                level(beside[code].level_index),
                f"{row.line.get_absolute_url()}#{code}",
            )
            for code in (d.code for d in model.dimensions)
            if code in beside
        )

    return tuple(
        Moved(
            at=row.known_from,
            line_code=row.line.code,
            line_name=row.line.name,
            url=f"{row.line.get_absolute_url()}#{row.dimension or 'overall'}",
            dimension=row.dimension,
            name=names.get(row.dimension, row.dimension),
            before=level(row.level_index - row.rise),
            after=level(row.level_index),
            rise=row.rise,
            causes=tuple(row.causes),
            cause_labels=tuple(str(CauseChoice(cause).label) for cause in row.causes),
            turned=reasons(row),
            dimensions=() if row.dimension else through(row),
        )
        for row in moves[:MOVED_AT_MOST]
    )
