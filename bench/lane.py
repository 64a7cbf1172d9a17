"""One database's part of the bench, in a process of its own: `python -m bench.lane` is called by `python -m bench`."""

import argparse
import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def main() -> int:
    """Open or build the world, measure the rows asked for, write their figures as JSON; 1 when a figure could not be had."""
    options = _parse()
    url = _database_url(options)
    os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="bench.settings", LOG_LEVEL="ERROR")
    if options.database == "postgresql":
        os.environ.update(CELERY_BROKER_URL=options.redis, REDIS_URL=options.redis)
    else:
        for name in ("CELERY_BROKER_URL", "REDIS_URL"):
            os.environ.pop(name, None)
    import django

    django.setup()
    from django.db import connection

    from bench import world
    from bench.frame import Bench
    from bench.rows import ROWS

    size = world.Size(options.lines, options.accounts, options.observations)
    today = dt.datetime.now(dt.UTC).date()
    if options.rebuild or not world.is_current(today):
        connection.close()
        print(f"  building {size} …", flush=True)
        began = time.monotonic()
        _empty(options, url)
        world.build(size, today)
        print(f"  built in {time.monotonic() - began:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ("version()" if connection.vendor == "postgresql" else "sqlite_version()"))
        version = cursor.fetchone()[0]
    bench = Bench(world.opened(size), connection.vendor, options.rounds, vars(options))
    figures, failed = [], []
    for row in ROWS:
        if row.number not in options.rows or connection.vendor not in row.databases:
            continue
        print(f"  row {row.number}: {row.title}", flush=True)
        try:
            for result in row.run(bench):
                figures.append(result.to_json())
                mark = "ok " if result.is_met else "!! "
                print(
                    f"    {mark}{result.what}: {result.ratio:.2f} ({result.low:.2f} to {result.high:.2f}), goal {result.goal}",
                    flush=True,
                )
        except AssertionError as error:
            failed.append({"row": row.number, "database": connection.vendor, "error": str(error)})
            print(f"    FAILED {error}", flush=True)
    found = {
        "database": version.split(" (")[0].split(" on ")[0]
        if "PostgreSQL" in version
        else f"SQLite {version}",
        "world": str(size),
        "figures": figures,
        "failed": failed,
    }
    Path(options.output).write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 1 if failed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=["postgresql", "sqlite"], required=True)
    parser.add_argument("--output", required=True)
    for name in ("postgres", "redis", "prefix", "folder"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("lines", "accounts", "observations", "rounds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rows", type=lambda text: {int(word) for word in text.split(",")}, required=True)
    parser.add_argument("--rebuild", action="store_true")
    return parser.parse_args()


def _name(options: argparse.Namespace) -> str:
    return f"{options.prefix}_{options.lines}_{options.accounts}_{options.observations}"


def _database_url(options: argparse.Namespace) -> str:
    """The world's own database, made when missing."""
    if options.database == "sqlite":
        return f"sqlite:///{Path(options.folder) / _name(options)}.sqlite3"
    parts = urlsplit(options.postgres)
    url = urlunsplit(parts._replace(path=f"/{_name(options)}"))
    _administer(options, f"SELECT 1 FROM pg_database WHERE datname = '{_name(options)}'", create=True)
    return url


def _empty(options: argparse.Namespace, url: str) -> None:
    if options.database == "sqlite":
        for path in Path(options.folder).glob(f"{_name(options)}.sqlite3*"):
            path.unlink()
    else:
        _administer(options, f'DROP DATABASE "{_name(options)}"')
        _administer(options, "SELECT 1 WHERE false", create=True)


def _administer(options: argparse.Namespace, sql: str, *, create: bool = False) -> None:
    import psycopg2

    try:
        connection = psycopg2.connect(options.postgres)
    except psycopg2.OperationalError as error:
        sys.exit(
            f"No PostgreSQL for the bench: {error}\nName a server with --postgres, or measure with --on sqlite."
        )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
        if create and cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{_name(options)}"')
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
