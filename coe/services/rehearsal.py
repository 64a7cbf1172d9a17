"""Doing real work to see what it would do, and leaving no trace; and letting others write between two pieces of long work.

SQLite has one writer at a time. A rehearsal of a long file would keep everybody else from writing until its end, so there it plays on
a copy of the database. PostgreSQL rolls back what nobody waited for.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

# A waiting writer of SQLite looks again every tenth of a second.
_LONGEST_PAUSE = 0.1


@contextmanager
def rehearsal() -> Iterator[None]:
    """Run the block in a transaction that is rolled back."""
    with (
        tempfile.TemporaryDirectory(prefix="coe-rehearsal-") as folder,
        _stage(Path(folder)),
        transaction.atomic(),
    ):
        yield
        transaction.set_rollback(True)


@contextmanager
def _stage(folder: Path) -> Iterator[None]:
    """Put a copy in the place of a SQLite file for this thread; the database itself when it is none, or changed by the caller already."""
    own = connections[DEFAULT_DB_ALIAS]
    path = folder / "copy.sqlite3"
    if (
        connection.vendor != "sqlite"
        or connection.in_atomic_block
        or own.is_in_memory_db()
        or not _copied(path)
    ):
        yield
        return
    copy = connections.create_connection(DEFAULT_DB_ALIAS)
    copy.settings_dict = {**own.settings_dict, "NAME": str(path)}
    connections[DEFAULT_DB_ALIAS] = copy
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = own
        copy.close()


def _copied(path: Path) -> bool:
    """Copy the database as it is now. False when there is no room for it; the work is then done in place."""
    connection.ensure_connection()
    try:
        target = sqlite3.connect(path)
        try:
            connection.connection.backup(target)
        finally:
            target.close()
    except sqlite3.Error:
        return False
    return True


def let_others_write(held: float) -> None:
    """Wait, after a commit that held SQLite's only write lock for so many seconds, as long again; at most a tenth of a second."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(min(held, _LONGEST_PAUSE))
