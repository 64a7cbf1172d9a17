"""A line and what its page tells beside the scorecard: single numbers read with the line itself, and the lines around it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from coe.enums.accounts import LIVE_STATES, MfaState
from coe.models import BusinessLine, LineClosure, Organisation, Platform
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope
from metrics.models import StageRow
from metrics.selectors.scorecards import Beside, last_computed
from metrics.selectors.waiting import Waiting, facts_waiting, waiting_of
from metrics.selectors.work_queue import how_many

_FACTS = ("total", "live", "owned", "mfa", "capable")


@dataclass(frozen=True)
class LineWithNumbers:
    """A line in scope; counts over the accounts of its subtree, each with its denominator; what waits for a score."""

    line: BusinessLine
    accounts: dict[str, int]
    waiting: Waiting
    beside: Beside


def line_with_numbers(principal: Principal, code: str, at: dt.datetime) -> LineWithNumbers | None:
    """The line of a code in the caller's scope, with every single number of its page; None outside (one query)."""
    below = LineClosure.objects.filter(ancestor__code_key=code.casefold()).values("descendant_id")
    accounts = accounts_in_scope(principal).registered().filter(line__in=below)
    live = accounts.filter(state__in=LIVE_STATES)
    capable = live.filter(platform__in=Platform.objects.filter(is_mfa_capable=True).values("pk"))
    facts = facts_waiting(principal, BusinessLine(code_key=code.casefold()))
    settings = Organisation.objects.filter(pk=1)
    # Different whenever a stage is written (in the order of ids: scoring is serialised) or a line changes (its revision rises).
    lines = BusinessLine.objects.order_by().values(one=F("id") * 0)
    asked: dict[str, Any] = {
        "n_total": how_many(accounts),
        "n_live": how_many(live),
        "n_owned": how_many(live.filter(primary_owner__is_active=True, backup_owner__is_active=True)),
        "n_mfa": how_many(capable.filter(mfa_state=MfaState.ON)),
        "n_capable": how_many(capable),
        "waiting": how_many(facts),
        "waiting_since": Subquery(facts.order_by("at").values("at")[:1]),
        "zone": Coalesce(Subquery(settings.values("time_zone")), Value(Organisation().time_zone)),
        "computed_at": Subquery(last_computed(at)),
        "newest_stage": Subquery(StageRow.objects.order_by("-pk").values("pk")[:1]),
        "revisions": Subquery(lines.annotate(total=Sum("revision")).values("total")),
    }
    found = lines_in_scope(principal).select_related("parent").filter(code_key=code.casefold())
    line = found.annotate(**asked).first()
    if line is None:
        return None
    return LineWithNumbers(
        line,
        {name: getattr(line, f"n_{name}") for name in _FACTS},
        waiting_of(line.waiting, line.waiting_since, at),
        Beside(line.zone, line.computed_at, f"{line.newest_stage}:{line.revisions}"),
    )


def lines_around(principal: Principal, line: BusinessLine) -> tuple[list[BusinessLine], list[BusinessLine]]:
    """The lines above in scope, the outermost first, and the active ones right below by code (one query)."""
    above = LineClosure.objects.filter(descendant=line, depth__gt=0).values("ancestor_id")
    rows = list(
        lines_in_scope(principal)
        .filter(Q(pk__in=above) | Q(parent=line, status="active"))
        .order_by("code_key")
    )
    return (
        sorted((row for row in rows if row.parent_id != line.pk), key=lambda row: row.depth),
        [row for row in rows if row.parent_id == line.pk],
    )
