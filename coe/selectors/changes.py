"""The change feed: what happened, in an order in which nothing appears later behind the reader's back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

from coe.enums.roles import Permission
from coe.models import ChangeEvent
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines


class OldestTransaction(models.Func):
    """The oldest transaction that still runs. Everything below it is decided; SQLite has one writer, so all is."""

    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return str(2**63 - 1), []

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)", []


@dataclass(frozen=True, order=True)
class Place:
    """Where a reader stands: after this row of this transaction."""

    transaction: int = -1
    key: int = 0


def changes_in_scope(principal: Principal) -> QuerySet[ChangeEvent]:
    """Changes on the lines whose history the caller may see; changes of no line are told to the company's roles only."""
    if Permission.VIEW_HISTORY in principal.company_permissions:
        return ChangeEvent.objects.all()
    return ChangeEvent.objects.filter(
        line_id__in=allowed_lines(principal, Permission.VIEW_HISTORY).values("pk")
    )


def of_object(events: QuerySet[ChangeEvent], public_id: str) -> QuerySet[ChangeEvent]:
    """The changes of one record; all of them when the text is no id."""
    try:
        return events.filter(object_id=UUID(public_id))
    except ValueError:
        return events


def changes_since(principal: Principal, place: Place) -> QuerySet[ChangeEvent]:
    """Committed changes after a place, oldest first.

    Ordered by transaction before id: ids are given out before commit, so a lower id may become visible after a higher one,
    but no transaction below the oldest running one can still commit.
    """
    rows = changes_in_scope(principal).filter(transaction__lt=OldestTransaction())
    rows = rows.filter(
        Q(transaction__gt=place.transaction) | Q(transaction=place.transaction, pk__gt=place.key)
    )
    return rows.order_by("transaction", "pk")
