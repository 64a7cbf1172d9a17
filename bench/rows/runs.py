"""Row 6: a full maturity run that stores every reading, verdict and stage, against writing the same rows from a ready copy."""

from collections.abc import Callable
from dataclasses import replace

from django.db import connection, transaction

from bench.frame import Bench, Goal, Result, Row, equal
from coe.models import BusinessLine
from coe.rules.principals import Actor
from metrics.enums.maturity import RunKind, RunState
from metrics.models import IndicatorReading, MaturityRun, StageRow, VerdictRow
from metrics.services.runs import run_inline, start_run

_TABLES = (IndicatorReading, VerdictRow, StageRow)
_SAMPLE = 10
Counts = tuple[int, ...]


def _columns(table: str) -> str:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return ", ".join(f'"{column.name}"' for column in found if column.name != "id")


def _counts() -> Counts:
    return tuple(model.objects.count() for model in _TABLES)


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

        def copied() -> None:
            with connection.cursor() as cursor:
                for table, columns in copies.items():
                    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM bench_{table}")

        results.append(
            bench.compare(
                6, f"full run: {len(lines):,} lines, {sum(written):,} rows stored",
                "INSERT … SELECT of the same rows from a ready copy: nothing is measured, nothing judged",
                lambda _n: _undone(full), lambda _n: _undone(copied), goal=Goal(2), same=lambda a, b: equal(a, b, "counts of rows"),
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
