"""Where the PostgreSQL and the Redis of the process tests are. A test that needs them skips without; under CI=true a skip fails."""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import redis

HOST = "127.0.0.1"


def postgres_address() -> dict[str, Any]:
    """The server of DATABASE_URL when CI names one, else the loopback's trusted superuser."""
    match = re.match(
        r"postgres(?:ql)?://([^:@/]+)(?::([^@]*))?@([^:/]+):?(\d*)/", os.environ.get("DATABASE_URL", "")
    )
    user, password, host, port = match.groups() if match else ("postgres", None, HOST, "")
    return {"user": user, "password": password or "", "host": host, "port": int(port or 5432)}


def connect(database: str, **more: Any) -> Any:
    """A connection that commits each statement."""
    connection = psycopg2.connect(dbname=database, connect_timeout=5, **postgres_address(), **more)
    connection.autocommit = True
    return connection


def redis_database(number: int) -> "redis.Redis":
    """One numbered database of the Redis; the others belong to somebody else."""
    return redis.Redis(host=HOST, db=number, socket_connect_timeout=5)


def need(*numbers: int) -> None:
    """Skip without servers; empty the numbered Redis databases, which are ours."""
    try:
        connect("postgres").close()
        for number in numbers:
            redis_database(number).flushdb()
    except (psycopg2.OperationalError, redis.ConnectionError) as error:
        pytest.skip(f"needs PostgreSQL and Redis on {HOST}: {error}")


@contextlib.contextmanager
def database(name: str, *, template: str = "template1") -> Iterator[str]:
    """A database of ours, copied from a template that nobody is connected to, and dropped at the end."""
    admin = connect("postgres")
    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        with admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.close()
