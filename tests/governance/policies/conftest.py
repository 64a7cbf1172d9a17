"""Who looks at the pages of policies, and when."""

import pytest
import time_machine

from tests.plugins.pages import auditor, hub, lead, log_in, tree

__all__ = ["auditor", "hub", "lead", "log_in", "tree"]


@pytest.fixture(autouse=True)
def _the_hour_stands(request):
    """Every page of a test is read at one instant."""
    if not {"hub", "lead", "log_in"} & set(request.fixturenames):
        yield
        return
    with time_machine.travel(request.getfixturevalue("at"), tick=False):
        yield
