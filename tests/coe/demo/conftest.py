"""The register of the demo company, loaded once a module and rolled back at its end."""

import datetime as dt

import pytest
from django.db import transaction

from coe.demo.world import load_demo
from coe.registries import demo_builders

LOADED_AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The demo company without what the floors above add."""
    kept = dict(demo_builders._items)
    demo_builders._items = {"coe": kept["coe"]}
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            yield load_demo(at=LOADED_AT)
            transaction.set_rollback(True)
    finally:
        demo_builders._items = kept


@pytest.fixture
def undone(company):
    """A savepoint: what the test does to the company is taken back."""
    with transaction.atomic():
        yield company
        transaction.set_rollback(True)
