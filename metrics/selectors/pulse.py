"""Every single number of the dashboard, and what its scores rest on, from one query that is compiled once."""

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Model, QuerySet, Subquery, Sum

from coe.enums.roles import Permission
from coe.models import BusinessLine, Organisation, User
from coe.models.prepared import PreparedByShape
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope
from coe.selectors.counting import how_many
from metrics.enums.maturity import RunKind, RunState
from metrics.models import MaturityRun, RubricVersion, StageRow, TargetStage, VerdictRow
from metrics.selectors.waiting import Waiting, facts_waiting, waiting_of
from metrics.selectors.work_queue import Pile, newest_figure

_PREPARED = PreparedByShape(256)
_SEEN = (
    "full", "incremental", "running", "waiting", "waiting_since", "lines", "newest_line", "revisions",
    "newest_stage", "newest_stage_at", "newest_verdict", "aims", "newest_aim",
)  # fmt: skip


@dataclass(frozen=True)
class Freshness:
    """How young the scores and the figures behind them are."""

    full_at: dt.datetime | None
    incremental_at: dt.datetime | None
    running: int
    newest_figure_on: dt.date | None


@dataclass(frozen=True)
class Totals:
    """How many lines and accounts are in the reader's scope."""

    lines: int
    accounts: int


@dataclass(frozen=True)
class Pulse:
    """The current rubric (without its document), the sizes of the piles by kind, and the page's other numbers.

    `version` differs whenever a score, a line or an aim does: rows of scores are only ever added or closed, and both happen with a
    run, an added row, or a change that waited and waits no more. Lines carry revisions; an aim that is set is stamped.
    `facts` differs whenever a line, an account or a figure in scope does, whether or not a score followed.
    """

    rubric: RubricVersion | None
    sizes: dict[str, int]
    freshness: Freshness
    totals: Totals
    waiting: Waiting
    version: Hashable
    facts: Hashable


def pulse_of(principal: Principal, piles: Mapping[str, Pile], at: dt.datetime) -> Pulse:
    """What the dashboard of a caller tells in numbers (one query)."""
    # Some row must carry the numbers; a hub that was never prepared has no rubric, and perhaps nothing but the reader.
    reader = principal.user.pk if principal.user else None
    columns = [f.attname for f in RubricVersion._meta.concrete_fields if f.attname != "document"]
    names = (*piles, *_SEEN, "followed", "lines_in_scope", "accounts_in_scope", "newest")
    for rows, shown in (
        (RubricVersion.objects.filter(is_current=True), columns),
        (Organisation.objects.filter(pk=1), []),
        (User.objects.filter(pk=reader), []),
    ):
        found = _asked(rows, shown, principal, piles, at)
        if found:
            break
    else:
        found = [(None,) * len(names)]
        shown = []
    known = dict(zip(names, found[0][len(shown) :], strict=True))
    rubric = RubricVersion.from_db(RubricVersion.objects.db, shown, found[0][: len(shown)]) if shown else None
    version = (rubric.sha256 if rubric else "", *(known[name] for name in _SEEN))
    return Pulse(
        rubric=rubric,
        sizes={kind: known[kind] for kind in piles},
        freshness=Freshness(known["full"], known["incremental"], known["running"] or 0, known["newest"]),
        totals=Totals(known["lines_in_scope"] or 0, known["accounts_in_scope"] or 0),
        waiting=waiting_of(known["waiting"] or 0, known["waiting_since"], at),
        version=version,
        # A fact waits until it was followed. The second number only grows, and while it stands still so does the first.
        facts=tuple(known[name] for name in ("waiting", "followed", "lines", "newest_line")),
    )


def _asked(
    rows: QuerySet[Any], shown: list[str], principal: Principal, piles: Mapping[str, Pile], at: dt.datetime
) -> list[tuple[Any, ...]]:
    """The numbers on the row that carries them, after the row's own columns."""

    def build() -> QuerySet[Any]:
        numbers = {kind: pile.size() for kind, pile in piles.items()} | _numbers(principal)
        return rows.order_by("pk").annotate(**numbers).values_list(*shown, *numbers)[:1]

    # All that the piles and the scope depend on. Piles look back whole days, so the day is enough of the clock.
    reader, aiming = principal.user and principal.user.pk, principal.lines_with(Permission.SET_TARGETS)
    shape = (rows.model, principal.scope, reader, aiming, tuple(piles), at.date())
    return _PREPARED.get(shape, build).rows()


def _numbers(principal: Principal) -> dict[str, Any]:
    done = MaturityRun.objects.filter(state=RunState.DONE, finished_at__isnull=False).order_by("-finished_at")
    facts = facts_waiting(principal)

    def newest(model: type[Model], name: str = "pk") -> Subquery:
        return Subquery(model._default_manager.order_by("-pk").values(name)[:1])

    def over_all(model: type[Model], how: Any) -> Subquery:
        one = model._default_manager.order_by().values(one=F("id") * 0)
        return Subquery(one.annotate(found=how).values("found"))

    return {
        "full": Subquery(done.filter(kind=RunKind.FULL).values("finished_at")[:1]),
        "incremental": Subquery(done.filter(kind=RunKind.INCREMENTAL).values("finished_at")[:1]),
        "running": how_many(MaturityRun.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING])),
        "waiting": how_many(facts),
        "waiting_since": Subquery(facts.order_by("at").values("at")[:1]),
        "lines": how_many(BusinessLine.objects.all()),
        "newest_line": newest(BusinessLine),
        "revisions": over_all(BusinessLine, Sum("revision")),
        "newest_stage": newest(StageRow),
        "newest_stage_at": newest(StageRow, "known_from"),
        "newest_verdict": newest(VerdictRow),
        "aims": how_many(TargetStage.objects.all()),
        "newest_aim": over_all(TargetStage, Max("updated_at")),
        "followed": over_all(RubricVersion, Sum("facts_followed")),
        "lines_in_scope": how_many(lines_in_scope(principal).active()),
        "accounts_in_scope": how_many(accounts_in_scope(principal).registered()),
        "newest": newest_figure(principal),
    }
