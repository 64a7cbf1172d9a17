"""Shared by every test: the honest-CI plugin, an empty cache, and the organisation's fixed clock."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.cache import cache
from hypothesis import settings

from coe.selectors.kept import forget_all

pytest_plugins = [
    "tests.plugins.honest",
    "tests.plugins.claims",
    "tests.plugins.migrated",
    "tests.plugins.statics",
    "tests.plugins.groups",
]

# Wild input is the same on every run: a red test must be about the change, not about luck.
settings.register_profile("hub", derandomize=True, database=None, deadline=None, print_blob=False)
settings.load_profile("hub")

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Nothing cached by one test may be read by the next."""
    cache.clear()
    forget_all()


@pytest.fixture
def at() -> dt.datetime:
    """The instant at which a test happens."""
    return dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files; absent on a user's machine, required in CI (there a skip fails)."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data not found at {REAL_DATA}")
    return REAL_DATA
