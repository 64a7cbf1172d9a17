"""A line and what its page tells beside the scorecard: single numbers, the lines around it, its tags and calendar, from one query."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce

from coe.enums.accounts import LIVE_STATES, MfaState
from coe.enums.lines import LineStatus
from coe.models import BusinessLine, LineClosure, Organisation, Platform
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope
from coe.selectors.calendars import CalendarKept, calendar_of, kept_calendar
from coe.selectors.counting import how_many
from coe.selectors.tags import names_in, names_of_tags
from metrics.selectors.scorecards import Beside, cohort_marks, cohort_of, last_computed
from metrics.selectors.waiting import Waiting, facts_waiting, waiting_of

_FACTS = ("total", "live", "owned", "mfa", "capable")


@dataclass(frozen=True)
class LineOfPage:
    """A line in scope; counts over the accounts of its subtree, each with its denominator; what waits for a score.

    `trail` holds the lines above it in scope, the outermost first; `children` the active ones right below it, by code.
    """

    line: BusinessLine
    trail: list[BusinessLine]
    children: list[BusinessLine]
    accounts: dict[str, int]
    tags: list[str]
    calendar: CalendarKept | None
    waiting: Waiting
    beside: Beside


def line_of_page(principal: Principal, code: str, at: dt.datetime) -> LineOfPage | None:
    """The line of a code in the caller's scope, with the lines around it and every single value of its page; None outside (one query).

    The values are asked of the code and not of a row, so the database works them out once and not for each line around.
    """
    key = code.casefold()
    below = LineClosure.objects.filter(ancestor__code_key=key).values("descendant_id")
    above = LineClosure.objects.filter(descendant__code_key=key).values("ancestor_id")
    accounts = accounts_in_scope(principal).registered().filter(line__in=below)
    live = accounts.filter(state__in=LIVE_STATES)
    capable = live.filter(platform__in=Platform.objects.filter(is_mfa_capable=True).values("pk"))
    facts = facts_waiting(principal, BusinessLine(code_key=key))
    settings = Organisation.objects.filter(pk=1)
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
        **cohort_marks(),
        "tag_names": names_of_tags(lines__code_key=key),
        **kept_calendar(key),
    }
    around = Q(pk__in=above) | Q(parent__code_key=key, status=LineStatus.ACTIVE)
    rows = list(lines_in_scope(principal).filter(around).annotate(**asked).order_by("code_key"))
    line = next((row for row in rows if row.code_key == key), None)
    if line is None:
        return None
    children = [row for row in rows if row.parent_id == line.pk]
    trail = sorted((row for row in rows if row.depth < line.depth), key=lambda row: row.depth)
    return LineOfPage(
        line=line,
        trail=trail,
        children=children,
        accounts={name: getattr(line, f"n_{name}") for name in _FACTS},
        tags=names_in(line.tag_names),
        calendar=calendar_of(line, trail),
        waiting=waiting_of(line.waiting, line.waiting_since, at),
        beside=Beside(line.zone, line.computed_at, cohort_of(line, at)),
    )
