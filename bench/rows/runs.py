"""Row 6: a full maturity run that stores every reading, verdict and stage, against SQL that writes the same rows.

The floor measures what can be asked of the accounts (most indicators) by one statement that also stores the readings; the other
readings, the verdicts and the stages it takes from a ready copy, so it judges nothing.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import connection, transaction

from bench.frame import Bench, Goal, Result, Row, equal
from coe.models import BusinessLine
from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind, RunState
from metrics.indicators.accounts import CHECKS, counted
from metrics.indicators.base import moment_of
from metrics.indicators.registry import REGISTRY
from metrics.models import IndicatorReading, MaturityRun, StageRow, VerdictRow
from metrics.services.runs import run_inline, start_run

_TABLES = (IndicatorReading, VerdictRow, StageRow)
_SAMPLE = 10
_READING = "metrics_indicatorreading"
_COLUMNS = (
    "line_id, indicator, numerator, denominator, records, state, evidence_on, detail, known_from, fresh_at"
)
Counts = tuple[int, ...]


def _columns(table: str) -> str:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return ", ".join(f'"{column.name}"' for column in found if column.name != "id")


def _counts() -> Counts:
    return tuple(model.objects.count() for model in _TABLES)


def _measuring(at: dt.datetime) -> tuple[str, list[Any], list[str]]:
    """One statement that measures every question about accounts and stores the readings; its parameters, and the indicators."""
    wanted = [CHECKS[code] for code in sorted(CHECKS)]
    inner, params = counted(wanted, None, moment_of(at)).query.sql_with_params()
    parts, more = [], []
    is_postgresql = connection.vendor == "postgresql"
    nothing = "CAST(NULL AS date)" if is_postgresql else "NULL"
    empty, now = ("CAST('{}' AS jsonb)", "CAST(%s AS timestamptz)") if is_postgresql else ("'{}'", "%s")
    for n, check in enumerate(wanted):
        numerator, denominator, state, newest = f"n{n}", f"d{n}", "'ok'", f"e{n}" if check.dated else nothing
        if check.counted:
            numerator, denominator, newest = f"d{n} - n{n}", "NULL", nothing
        elif check.recorded is not None:
            numerator, state = (
                f"CASE WHEN r{n} > 0 THEN n{n} END",
                f"CASE WHEN r{n} > 0 THEN 'ok' ELSE 'no_data' END",
            )
            newest = f"CASE WHEN r{n} > 0 THEN {newest} END"
        parts.append(
            f"SELECT line_id, '{check.code}', {numerator}, {denominator}, d{n}, {state}, {newest}, {empty}, {now}, {now}"
            f" FROM found WHERE d{n} > 0"
        )
        more += [connection.ops.adapt_datetimefield_value(at)] * 2
    sql = f"INSERT INTO {_READING} ({_COLUMNS}) WITH found AS MATERIALIZED ({inner}) {' UNION ALL '.join(parts)}"
    return sql, [*params, *more], [check.code for check in wanted]


def _undone(work: Callable[[], None]) -> Counts:
    """Do it, count what is there, and go back."""
    point = transaction.savepoint()
    work()
    found = _counts()
    transaction.savepoint_rollback(point)
    return found


def _run(bench: Bench) -> list[Result]:
    at, by = bench.world.at, Actor.system("bench")
    lines = list(BusinessLine.objects.order_by("pk"))
    sample = lines[-_SAMPLE:]

    def full() -> None:
        run = run_inline(start_run(by=by, at=at, wake=False), at=at)
        equal((str(run.state), run.error), (str(RunState.DONE), ""), "ends of the run")

    def one_by_one() -> None:
        for line in sample:
            run_inline(start_run(RunKind.INCREMENTAL, lines=[line], by=by, at=at, wake=False), at=at)

    results: list[Result] = []
    # All of it is taken back: the world is measured by other rows too.
    with transaction.atomic():
        for model in reversed(_TABLES):
            model.objects.all().delete()
        MaturityRun.objects.all().delete()
        full()
        written = _counts()
        with connection.cursor() as cursor:
            copies = {}
            for model in _TABLES:
                table = model._meta.db_table
                copies[table] = _columns(table)
                cursor.execute(f"CREATE TEMPORARY TABLE bench_{table} AS SELECT * FROM {table}")
        for model in reversed(_TABLES):
            model.objects.all().delete()

        measuring, params, codes = _measuring(at)
        marks = ", ".join(["%s"] * len(codes))

        def written_by_sql() -> None:
            with connection.cursor() as cursor:
                cursor.execute(measuring, params)
                for table, columns in copies.items():
                    rest = f" WHERE indicator NOT IN ({marks})" if table == _READING else ""
                    cursor.execute(
                        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM bench_{table}{rest}",
                        codes if rest else [],
                    )

        def differences() -> None:
            """The floor's readings are ours."""
            written_by_sql()
            compared = _COLUMNS.replace("detail, ", "")
            with connection.cursor() as cursor:
                for one, other in ((_READING, f"bench_{_READING}"), (f"bench_{_READING}", _READING)):
                    cursor.execute(
                        f"SELECT {compared} FROM {one} EXCEPT SELECT {compared} FROM {other} ORDER BY 1, 2 LIMIT 1"
                    )
                    equal(cursor.fetchone(), None, f"readings of {one}")

        _undone(differences)

        results.append(
            bench.compare(
                6, f"full run: {len(lines):,} lines, {sum(written):,} rows stored",
                f"SQL that measures {len(codes)} of {len(REGISTRY)} indicators and copies the rest, the verdicts and the stages",
                lambda _n: _undone(full), lambda _n: _undone(written_by_sql), goal=Goal(2), same=lambda a, b: equal(a, b, "counts of rows"),
            )
        )  # fmt: skip
        loop = bench.compare(
            6, "full run", "", lambda _n: _undone(full), lambda _n: _undone(one_by_one), goal=Goal(50, at_least=True),
            same=lambda ours, _theirs: equal(ours, written, "counts of rows"), rate=len(lines),
        )  # fmt: skip
        share = len(lines) / _SAMPLE
        ratio, goal = loop.ratio * share, Goal(50, at_least=True)
        results.append(
            replace(
                loop, what=f"full run of {len(lines):,} lines", floor=f"line by line through the ORM ({_SAMPLE} lines, times {share:g})",
                ratio=ratio, low=loop.low * share, high=loop.high * share, is_met=goal.is_met(ratio),
                floor_seconds=loop.floor_seconds * share,
            )
        )  # fmt: skip
        with connection.cursor() as cursor:
            for table in copies:
                cursor.execute(f"DROP TABLE bench_{table}")
        transaction.set_rollback(True)
    return results


ROWS = (Row(6, "full maturity run", _run),)
