"""Counts as values inside another query."""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery


def how_many(rows: QuerySet[Any]) -> Subquery:
    """The number of rows, as a value inside another query."""
    # Of rows, not of keys: an index that holds what the condition asks then answers alone.
    count = Func(template="COUNT(*)", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(how_many=count).values("how_many"))
