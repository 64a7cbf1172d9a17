"""Counts as values inside another query."""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce


def how_many(rows: QuerySet[Any]) -> Coalesce:
    """The number of rows, as a value inside another query; 0 also where Django knows beforehand that there are none."""
    # Of rows, not of keys: an index that holds what the condition asks then answers alone.
    count = Func(template="COUNT(*)", output_field=IntegerField())
    return Coalesce(Subquery(rows.order_by().annotate(how_many=count).values("how_many")), 0)
