"""The one vendor seam of metrics: how many rows reach the database at once, and how writers of observations wait for each other.

Everything else is SQL that SQLite and PostgreSQL both read. Names of tables and columns come from this file alone, never from input.
"""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model

_STAGES = {
    "metrics_stage_values": (
        "n bigint, account_id bigint, line_id bigint, owner_id bigint, metric_id bigint, day date, value bigint, "
        "numerator bigint, denominator bigint"
    ),
    "metrics_stage_rollups": (
        "line_id bigint, metric_id bigint, day date, total bigint, numerator bigint, denominator bigint, count integer"
    ),
    "metrics_stage_months": "account_id bigint, month date, observations integer, imported integer, last_on date",
    "metrics_stage_ids": "id bigint, restore_id bigint",
}
# A fixed number of our own: all writers of observations in one database meet at it.
_WRITER_LOCK = 7_305_119_028


def lock_writers() -> None:
    """Let one transaction at a time write observations, so that what a rollup adds is the difference that was really made.

    SQLite has one writer anyway (transactions begin IMMEDIATE). The lock ends with the transaction.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITER_LOCK])


def hold(table: str, *, key: str, of: str = "") -> list[tuple[Any, ...]]:
    """The rows of a table that the stage of values names by a column, locked as a foreign key's check would lock them.

    Each is (id,) or, with `of`, (id, that column). Whoever removes one waits for this transaction, and finds its observations.
    """
    columns = f"t.id, t.{of}" if of else "t.id"
    sql = f"SELECT {columns} FROM {table} t WHERE t.id IN (SELECT s.{key} FROM metrics_stage_values s) ORDER BY t.id"  # noqa: S608 - names of our own
    return rows(sql + (" FOR KEY SHARE OF t" if connection.vendor == "postgresql" else ""))


def month_of(day: str) -> str:
    """SQL of the first day of a date's month."""
    if connection.vendor == "postgresql":
        return f"CAST(date_trunc('month', {day}) AS date)"
    return f"date({day}, 'start of month')"


def stage(table: str, rows: Iterable[Sequence[Any]], *, is_joined: bool = True) -> None:
    """Replace the rows of a temporary table: COPY on PostgreSQL, `executemany` on SQLite. Values are numbers, dates or None.

    `is_joined=False`: it is only scanned, so PostgreSQL need not learn how many rows it has.
    """
    columns = _STAGES[table]
    names = [part.split()[0] for part in columns.split(", ")]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns})")
        if connection.vendor == "postgresql":
            # Deleted rows of a temporary table are swept away by nobody, and a million of them would be read with every chunk.
            cursor.execute(f"TRUNCATE {table}")
            line = "\t".join(["%s"] * len(names)) + "\n"
            text = io.StringIO("".join([line % row for row in rows]))
            # Python writes None for nothing, and no number or date reads so.
            cursor.cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (NULL 'None')", text)
            if is_joined:
                cursor.execute(f"ANALYZE {table}")
        else:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - the name is a key of _STAGES
            marks = ", ".join(["%s"] * len(names))
            full = list(rows)
            # All rows of a table are alike; most bring their days as texts, and looking at each value takes longer than storing it.
            if full and any(isinstance(value, date) for value in full[0]):
                full = [
                    [value.isoformat() if isinstance(value, date) else value for value in row] for row in full
                ]
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - as above
                full,
            )


def append(model: type[Model], objs: Sequence[Model]) -> None:
    """Insert new objects of a model: COPY on PostgreSQL, `executemany` on SQLite. They do not learn their primary keys.

    `bulk_create` binds each value of each row; a full run writes some ten thousand rows, and that was half of its time.
    """
    if not objs:
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = attrgetter(*(field.attname for field in fields))
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = io.StringIO("".join(["\t".join(map(_copied, values(obj))) + "\n" for obj in objs]))
            cursor.cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of the model's own
                [[_bound(value) for value in values(obj)] for obj in objs],
            )


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copied(value: Any) -> str:
    """A value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def _bound(value: Any) -> Any:
    """A value as SQLite takes it, and as Django reads it back."""
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat() if isinstance(value, date) else value


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Run one statement written in this app; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, _adapted(params))
        return int(cursor.rowcount)


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of one query written in this app."""
    with connection.cursor() as cursor:
        cursor.execute(sql, _adapted(params))
        return list(cursor.fetchall())


def _adapted(params: Sequence[Any]) -> list[Any]:
    """Instants as Django stores them in this database."""
    adapt = connection.ops.adapt_datetimefield_value
    return [adapt(one) if hasattr(one, "tzinfo") else one for one in params]
