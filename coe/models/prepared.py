"""Queries that are compiled once. Django builds and compiles a queryset anew at every request, which for a question about one
row costs several times what the database needs to answer it; where the same question is asked at every request, its SQL is kept.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, Field, QuerySet

Converters = list[tuple[int, list[Callable[..., Any]], Any]]


class _Hole:
    """Where a value goes when the query is asked."""

    def __init__(self, name: str, field: Field) -> None:
        self.name = name
        self.field = field


class Given(Expression):
    """A value of a prepared query that is named when it is asked: ``filter(pk=Given("key", BigIntegerField()))``."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # Django's stubs
        """A placeholder, with the hole as its parameter."""
        return "%s", [_Hole(self.name, self.output_field)]


class Prepared:
    """A `values_list` whose SQL is made at the first call and kept. Its shape must not depend on anything but what `build` closes
    over: whatever changes from call to call is `Given`."""

    def __init__(self, build: Callable[[], QuerySet[Any]]) -> None:
        self._build = build
        self._ready: tuple[str, tuple[Any, ...], Converters] | None = None

    def _compile(self) -> tuple[str, tuple[Any, ...], Converters]:
        compiler = self._build().query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            # A scope without lines: Django refuses to write a query that no row can meet, and so the answer is known.
            return "", (), []
        chosen = [column[0] for column in compiler.select[: compiler.col_count]]
        converters = [(n, convs, column) for n, (convs, column) in compiler.get_converters(chosen).items()]
        return sql, tuple(params), converters

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows for these values, as `values_list` gives them (one query).

        :raises KeyError: a value is not given.
        """
        if self._ready is None:
            self._ready = self._compile()
        sql, params, converters = self._ready
        if not sql:
            return []
        values = [
            one.field.get_db_prep_value(given[one.name], connection) if isinstance(one, _Hole) else one
            for one in params
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return [_converted(row, converters) for row in found] if converters else found


def _converted(row: tuple[Any, ...], converters: Converters) -> tuple[Any, ...]:
    values = list(row)
    for place, convert, column in converters:
        for one in convert:
            values[place] = one(values[place], column, connection)
    return tuple(values)


class PreparedByShape:
    """Prepared queries by what their shape depends on (a caller's lines, say); of more than `most`, the oldest is forgotten."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: dict[Hashable, Prepared] = {}

    def get(self, shape: Hashable, build: Callable[[], QuerySet[Any]]) -> Prepared:
        """The query of a shape, built when it is new."""
        with self._lock:
            found = self._kept.get(shape)
            if found is None:
                if len(self._kept) >= self._most:
                    del self._kept[next(iter(self._kept))]
                found = self._kept[shape] = Prepared(build)
        return found
