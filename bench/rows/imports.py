"""Row 5: importing observations from CSV, with validation and rollups, against COPY of the same rows into the same table."""

import csv
import datetime as dt
import io
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bench.frame import Bench, Goal, Result, Row, equal
from bench.world import METRICS, World
from coe import handles
from coe.enums.accounts import LIVE_STATES
from coe.enums.work import BatchState
from coe.models import ImportBatch, LineFact, SocialAccount
from coe.rules.principals import Principal
from coe.services.import_runs import apply_import, receive_import
from coe.services.platforms import catalogue
from metrics.models import Metric

_MOST = 1_000_000
_NAME = "bench-observations.csv"
_FIRST, _BEFORE = dt.date(2001, 1, 1), "2010-01-01"  # days on which the world has no values
_COLUMNS = 'account_id, metric_id, "on", value, source, observed_at'
_SAME = 'SELECT account_id, metric_id, "on", value FROM {}'


def _rows(world: World) -> list[tuple[Any, ...]]:
    """(line, platform, handle, account, metric, metric's key, day, value), a day after the other as a nightly export has them."""
    count = min(_MOST, max(5_000, world.size.observations // 5))
    known = catalogue()
    wanted = max(1, count // (len(METRICS) * 10))
    accounts: list[tuple[Any, ...]] = []
    found_in = SocialAccount.objects.filter(state__in=LIVE_STATES).order_by("pk")
    for line, platform, handle, key, pk in found_in.values_list(
        "line__code", "platform__code", "handle", "handle_key", "pk"
    ):
        # Not every platform's accounts are named by a handle of this form.
        named = handles.identify(
            known, platform=platform, handle=handle, url="", line=line, key_by_line=False
        ).account
        if named is not None and named.normalised == key and len(accounts) < wanted:
            accounts.append((line, platform, handle, pk))
    keys = dict(Metric.objects.filter(code__in=METRICS).values_list("code", "pk"))
    found: list[tuple[Any, ...]] = []
    for n in range(count):
        place, metric = divmod(n, len(METRICS))
        day, account = divmod(place, len(accounts))
        code = METRICS[metric]
        found.append(
            (*accounts[account], code, keys[code], _FIRST + dt.timedelta(days=day), n * 7919 % 100_000)
        )
    return found


def _write(path: Path, rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "platform", "handle", "metric", "date", "value"))
        writer.writerows((row[0], row[1], row[2], row[4], row[6], row[7]) for row in rows)


def _forget() -> None:
    """Take away what an import of a former round wrote."""
    with connection.cursor() as cursor:
        cursor.execute(
            'DELETE FROM metrics_observationrevision WHERE observation_id IN (SELECT id FROM metrics_observation WHERE "on" < %s)',
            [_BEFORE],
        )
        for table, column in (("observation", "on"), ("dailyrollup", "on"), ("accountmonth", "month")):
            cursor.execute(f'DELETE FROM metrics_{table} WHERE "{column}" < %s', [_BEFORE])
    LineFact.objects.all().delete()
    ImportBatch.objects.filter(file_name=_NAME).delete()


def _batch(path: Path, at: dt.datetime) -> ImportBatch:
    """An import that waits to be applied. Applying validates every row again, so the check before is not part of the figure."""
    batch = receive_import(
        path, kind="observations", principal=Principal.system("bench"), at=at, file_name=_NAME
    )
    batch.state = BatchState.READY
    batch.save()
    return batch


def _floor_table(*, indexes: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        if connection.vendor == "postgresql":
            like = "INCLUDING ALL" if indexes else "INCLUDING DEFAULTS INCLUDING IDENTITY"
            cursor.execute(f"CREATE TABLE bench_floor (LIKE metrics_observation {like})")
            if not indexes:
                cursor.execute("ALTER TABLE bench_floor ADD PRIMARY KEY (id)")
        else:
            cursor.execute(
                'CREATE TABLE bench_floor (id integer PRIMARY KEY, account_id bigint, metric_id bigint, "on" date, value bigint,'
                " source varchar(8), observed_at datetime)"
            )


def _copy(rows: list[tuple[Any, ...]], at: dt.datetime) -> Callable[[], None]:
    """What fills the floor's table: COPY where there is one, else `executemany` in one transaction."""
    if connection.vendor == "postgresql":
        text = "".join(f"{row[3]}\t{row[5]}\t{row[6]}\t{row[7]}\timport\t{at.isoformat()}\n" for row in rows)

        def copy() -> None:
            with connection.cursor() as cursor:
                cursor.cursor.copy_expert(f"COPY bench_floor ({_COLUMNS}) FROM STDIN", io.StringIO(text))

        return copy
    values = [(row[3], row[5], row[6].isoformat(), row[7], "import", str(at)) for row in rows]

    def insert() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO bench_floor ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)", values
            )

    return insert


def _differences() -> int:
    """How many rows one side has and the other has not."""
    ours = f"{_SAME.format('metrics_observation')} WHERE \"on\" < '{_BEFORE}'"
    floor = _SAME.format("bench_floor")
    with connection.cursor() as cursor:
        count = 0
        for one, other in ((ours, floor), (floor, ours)):
            cursor.execute(f"SELECT count(*) FROM ({one} EXCEPT {other}) AS difference")
            count += int(cursor.fetchone()[0])
    return count


def _run(bench: Bench) -> list[Result]:
    rows = _rows(bench.world)
    path = Path(settings.MEDIA_ROOT) / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, rows)
    at, count = bench.world.at, len(rows)
    copy = _copy(rows, at)
    waiting: list[ImportBatch] = []

    def applied(_n: int) -> tuple[int, int]:
        batch = apply_import(waiting.pop(), at=at)
        return batch.created + batch.unchanged, batch.rejected + batch.skipped

    def floor(_n: int) -> tuple[int, int]:
        copy()
        return count, 0

    def same(ours: tuple[int, int], theirs: tuple[int, int]) -> None:
        equal(ours, theirs, "counts")
        equal(_differences(), 0, "rows")

    def fresh(indexes: bool) -> Callable[[], None]:
        def prepare() -> None:
            _forget()
            _floor_table(indexes=indexes)
            waiting.append(_batch(path, at))

        return prepare

    def again() -> None:
        _floor_table(indexes=False)
        waiting.append(_batch(path, at))

    bulk = "COPY" if bench.database == "postgresql" else "executemany"
    name = f"import of {count:,} observations"
    results = [
        bench.compare(
            5, name, f"{bulk} into the table with its primary key", applied, floor, goal=Goal(0.35, at_least=True), same=same,
            before=fresh(False), rate=count,
        )
    ]  # fmt: skip
    results.append(
        bench.compare(
            5, f"the same file again, all unchanged ({count:,})", f"{bulk} into the table with its primary key", applied, floor,
            goal=Goal(0.5, at_least=True), same=same, before=again, rate=count,
        )
    )  # fmt: skip
    if bench.database == "postgresql":
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        results.append(
            bench.compare(
                5, name, "COPY into the table with its indexes", applied, floor, goal=Goal(0.35, at_least=True), same=same,
                before=fresh(True), rate=count, notes=[f"at most {peak} MB, the floor's own copy of the rows among them"],
            )
        )  # fmt: skip
    _forget()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_floor")
    path.unlink()
    return results


ROWS = (Row(5, "import of observations", _run),)
