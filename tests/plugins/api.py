"""Callers of the API. A `Caller` sends JSON with a token, or with a person's session, and keeps nothing between calls."""

import datetime as dt
import json
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from coe.enums.roles import Role
from coe.rules.principals import Actor
from coe.services.tokens import create_token
from tests.factories import LineFactory, RoleFactory, UserFactory

SCOPES = ("read", "metrics:write", "accounts:write")


class Caller:
    """JSON in, JSON out. Headers are given as keyword arguments with underscores: `If_Match=…`."""

    def __init__(self, secret="", client=None):
        self.client = client or Client()
        self.secret = secret

    def __call__(self, method, path, data=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given["Authorization"] = f"Bearer {self.secret}"
        body = (
            {}
            if data is None
            else {
                "data": data if isinstance(data, bytes | str) else json.dumps(data),
                "content_type": "application/json",
            }
        )
        return self.client.generic(method, path, headers=given, **body)

    def get(self, path, **headers):
        """GET."""
        return self("GET", path, **headers)

    def post(self, path, data=None, **headers):
        """POST."""
        return self("POST", path, {} if data is None else data, **headers)

    def patch(self, path, data, **headers):
        """PATCH."""
        return self("PATCH", path, data, **headers)


@pytest.fixture
def line_tree(db):
    """EU > FDE, and US outside of it."""
    europe = LineFactory(code="EU", name="Europe")
    return SimpleNamespace(
        europe=europe,
        foods=LineFactory(code="FDE", name="Foods Europe", parent=europe),
        america=LineFactory(code="US", name="Americas"),
    )


@pytest.fixture
def token_of(db):
    """A caller with a token: `token_of(line)` or `token_of(line, "read")`."""

    def make(line, *scopes):
        now = timezone.now()
        token, secret = create_token(
            line=line,
            name="Suite",
            scopes=scopes or SCOPES,
            expires_at=now + dt.timedelta(days=30),
            by=Actor.system(),
            at=now,
        )
        caller = Caller(secret)
        caller.token = token
        return caller

    return make


@pytest.fixture
def call(token_of, line_tree):
    """A caller with every scope on Europe."""
    return token_of(line_tree.europe)


@pytest.fixture
def hub_call(db):
    """A hub lead in a browser's session."""
    user = UserFactory(name="Hanna Hub", email="hanna@example.com")
    RoleFactory(user=user, role=Role.HUB_LEAD, line=None)
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    caller = Caller(client=client)
    caller.user = user
    return caller
