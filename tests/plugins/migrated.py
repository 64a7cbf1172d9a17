"""Pytest plugin `tests.plugins.migrated`: migrations run once for all workers, and their result is copied.

Half a minute of processor time a worker is most of what a single test takes. The copy is kept under a hash of the migrations and the data
they load, so that the next run of unchanged migrations copies, too; in CI it is kept for one run only, which then proves the migrations.
"""

import fcntl
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import django.core.management
from django.conf import settings
from django.db.backends.base.creation import BaseDatabaseCreation

_CREATE = BaseDatabaseCreation.create_test_db
_CALL = django.core.management.call_command


def _key(vendor: str) -> str:
    """What the migrated state depends on: the migrations, what they load, and the packages that bring migrations of their own."""
    digest = hashlib.sha256(vendor.encode())
    for package in ("django", "django-allauth"):
        digest.update(version(package).encode())
    root = Path(settings.BASE_DIR)
    for app in ("coe", "training", "governance", "metrics"):
        for path in sorted([*(root / app / "migrations").glob("*.py"), *(root / app).rglob("*.yaml")]):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    if os.environ.get("CI") == "true":
        run = os.environ.get("GATE_RUN") or os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
        digest.update(run.encode())
    return digest.hexdigest()[:20]


@contextmanager
def _alone(folder: Path, key: str) -> Iterator[None]:
    """One process at a time makes or copies a state."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"{key}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sqlite(connection: Any, path: Path, migrate: Callable[[], None]) -> None:
    connection.ensure_connection()
    if path.exists():
        with closing(sqlite3.connect(path)) as kept:
            kept.backup(connection.connection)
        return
    migrate()
    fresh = path.with_suffix(".fresh")
    with closing(sqlite3.connect(fresh)) as kept:
        connection.connection.backup(kept)
    fresh.replace(path)


def _postgresql(connection: Any, template: str, migrate: Callable[[], None]) -> None:
    name = connection.settings_dict["NAME"]
    quote = connection.ops.quote_name
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        is_kept = cursor.fetchone() is not None
    if not is_kept:
        migrate()
    connection.close()
    with connection.creation._nodb_cursor() as cursor:
        if is_kept:
            cursor.execute(f"DROP DATABASE {quote(name)}")
            cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)}")
            return
        # The last few are kept: several checkouts may share a server.
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'coe\\_migrated\\_%' ORDER BY oid DESC OFFSET 5"
        )
        for (old,) in cursor.fetchall():
            cursor.execute(f"DROP DATABASE IF EXISTS {quote(old)}")
        cursor.execute(f"CREATE DATABASE {quote(template)} TEMPLATE {quote(name)}")


def _create_test_db(self: BaseDatabaseCreation, *args: Any, **kwargs: Any) -> str:
    def call(command: Any, *names: Any, **options: Any) -> Any:
        if command != "migrate":
            return _CALL(command, *names, **options)
        key = _key(self.connection.vendor)
        folder = Path(tempfile.gettempdir()) / f"coe-hub-tests-{os.getuid()}"
        with _alone(folder, key):
            if self.connection.vendor == "sqlite":
                _sqlite(self.connection, folder / f"{key}.sqlite3", lambda: _CALL(command, *names, **options))
            else:
                template = f"coe_migrated_{key}"
                _postgresql(self.connection, template, lambda: _CALL(command, *names, **options))
        return None

    with mock.patch.object(django.core.management, "call_command", call):
        return _CREATE(self, *args, **kwargs)


BaseDatabaseCreation.create_test_db = _create_test_db  # type: ignore[method-assign]  # Django offers no hook here
