"""People who look at pages, each with one role, and a small tree: EU with FDE below, and US beside."""

from types import SimpleNamespace

import pytest
from django.test import Client

from coe.enums.roles import Role
from tests.factories import LineFactory, RoleFactory, UserFactory


@pytest.fixture
def tree(db):
    """EU > FDE, and US outside of it."""
    europe = LineFactory(code="EU", name="Europe")
    return SimpleNamespace(
        europe=europe,
        foods=LineFactory(code="FDE", name="Foods Europe", parent=europe),
        america=LineFactory(code="US", name="Americas"),
    )


@pytest.fixture
def log_in(db):
    """A browser of somebody with a role: `log_in(Role.AUDITOR)` or `log_in(Role.LINE_LEAD, line)`."""

    def enter(role=None, line=None, **fields):
        user = UserFactory(**fields)
        if role is not None:
            RoleFactory(user=user, role=role, line=line)
        client = Client()
        client.force_login(user, backend="coe.backends.HubBackend")
        client.user = user
        return client

    return enter


@pytest.fixture
def hub(log_in):
    """A hub lead's browser."""
    return log_in(Role.HUB_LEAD, name="Hanna Hub", email="hanna@example.com")


@pytest.fixture
def lead(log_in, tree):
    """The browser of the lead of Europe."""
    return log_in(Role.LINE_LEAD, tree.europe, name="Lena Lead", email="lena@example.com")


@pytest.fixture
def auditor(log_in):
    """An auditor's browser: reads all, writes nothing."""
    return log_in(Role.AUDITOR, name="Aud Itor")
