"""Who looks at the pages of training, and when."""

import pytest
import time_machine

from tests.plugins.pages import auditor, hub, lead, log_in, tree

__all__ = ["auditor", "hub", "lead", "log_in", "tree"]


@pytest.fixture(autouse=True)
def _the_hour_stands(at):
    """Every page of a test is read at one instant."""
    with time_machine.travel(at, tick=False):
        yield
