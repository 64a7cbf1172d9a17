"""Pytest plugin `tests.plugins.honest`: a green run must mean that the tests ran.

Under `CI=true` a skipped test or module fails, because on CI nothing may be missing. Elsewhere a skip stays a skip.
Tests marked `postgres` or `sqlite` are deselected, not skipped, on the other database: CI runs both.
"""

import os
from collections.abc import Generator

import pytest


def is_ci() -> bool:
    """Whether skips are failures."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _accuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that says what was skipped and why. An expected failure is no skip."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: skipped under CI=true, where everything must run. It said: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Accuse a skipped test."""
    report = yield
    if is_ci():
        _accuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Accuse a module that skips itself while it is imported."""
    report = yield
    if is_ci():
        _accuse(report)
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what speaks about the other database."""
    from django.conf import settings

    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return
    engine = settings.DATABASES["default"]["ENGINE"]
    other = "sqlite" if engine.endswith("postgresql") else "postgres"
    gone = [item for item in items if item.get_closest_marker(other)]
    if gone:
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=gone)
