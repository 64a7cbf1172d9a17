"""Asks for work after commit, by name, so that no service imports a task."""

from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def _send(name: str, kwargs: dict[str, Any]) -> None:
    # The row is the truth and a beat sweep finds it; a broker that is down must not undo a committed change by raising here.
    try:
        current_app.send_task(name, kwargs=kwargs)
    except Exception as error:
        log.warning("broker_unavailable", task=name, error=str(error))


def later(name: str, **kwargs: Any) -> None:
    """Send a wake-up call for a task when the current transaction commits (at once outside one)."""
    transaction.on_commit(partial(_send, name, kwargs))
