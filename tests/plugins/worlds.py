"""Worlds that are built once a module: what is dear to build and the same for every test of a file.

`kept_open` holds a transaction around the tests of a module. Each test runs in a savepoint of it, as it would run in a transaction of
its own, and is taken back to it; at the end of the module all of it is taken back. Not for modules with `transaction=True`.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction


@contextmanager
def kept_open(django_db_blocker: Any) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """A transaction for a module; yields what opens the database to a module's fixture."""
    around = transaction.atomic()
    # As Django's TestCase marks its own: work that insists on being outermost may still run inside.
    around._from_testcase = True  # type: ignore[attr-defined]  # a mark that only Django's own tests set
    with django_db_blocker.unblock():
        around.__enter__()
    try:
        yield django_db_blocker.unblock
    finally:
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """The company of marks (tests/house/routes/world.py), built once for all tests of a module."""
    from tests.house.routes.world import build

    with kept_open(django_db_blocker) as unblocked:
        with unblocked():
            built = build()
        yield built


@pytest.fixture
def world(db: None, kept_world: SimpleNamespace) -> SimpleNamespace:
    """The company of marks for one test: its records are copies, so that what a test says of them stays with it."""
    return copy.deepcopy(kept_world)
