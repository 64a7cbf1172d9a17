"""Changes whose score is still to come: what a page that is open now waits for."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from coe.models import BusinessLine, LineClosure, LineFact
from coe.rules.principals import Principal
from coe.rules.scope import scope_filter

# A worker follows within seconds; after this long somebody should look whether one runs.
LATE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    """How many changes wait, and whether they wait longer than a running worker would let them."""

    changes: int
    is_late: bool = False


def facts_waiting(principal: Principal, line: BusinessLine | None = None) -> QuerySet[LineFact]:
    """Changes in the caller's scope, or of a line and all below it.

    Changes of the programme count for those who see every line: some of them come from a certificate or a new line anywhere, and
    how many there are would tell a spoke how busy the others are.
    """
    facts = LineFact.objects.order_by()
    of_programme = Q(line__isnull=True) if principal.sees_all else Q(pk__in=[])
    if line is not None:
        below = LineClosure.objects.filter(ancestor__code_key=line.code_key).values("descendant_id")
        return facts.filter(of_programme | Q(line_id__in=below))
    within = scope_filter(principal)
    return facts if within is None else facts.filter(within)


def waiting_of(changes: int, since: dt.datetime | None, at: dt.datetime) -> Waiting:
    """What a number of changes and the instant of the oldest mean."""
    return Waiting(changes, bool(since and at - since > LATE))


def changes_waiting(principal: Principal, at: dt.datetime, line: BusinessLine | None = None) -> Waiting:
    """What waits in the caller's scope, or of a line and all below it (one query)."""
    found = facts_waiting(principal, line).aggregate(changes=Count("pk"), since=Min("at"))
    return waiting_of(found["changes"], found["since"], at)
