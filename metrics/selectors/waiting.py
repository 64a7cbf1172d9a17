"""Changes whose score is still to come: what a page that is open now waits for."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from coe.models import BusinessLine, LineFact
from coe.rules.principals import Principal
from coe.rules.scope import scope_filter

# A worker follows within seconds; after this long somebody should look whether one runs.
LATE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    """How many changes wait, and whether they wait longer than a running worker would let them."""

    changes: int
    is_late: bool = False


def changes_waiting(principal: Principal, at: dt.datetime, line: BusinessLine | None = None) -> Waiting:
    """Changes in the caller's scope, or of a line and all below it; those of the programme concern everybody (one query)."""
    facts = LineFact.objects.order_by()
    if line is not None:
        below = BusinessLine.objects.below(line).values("pk")
        facts = facts.filter(Q(line__isnull=True) | Q(line_id__in=below))
    elif (within := scope_filter(principal)) is not None:
        facts = facts.filter(Q(line__isnull=True) | within)
    found = facts.aggregate(changes=Count("pk"), since=Min("at"))
    return Waiting(found["changes"], bool(found["since"] and at - found["since"] > LATE))
