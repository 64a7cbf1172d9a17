"""Everybody who may come: each role, each token scope, a person without a role, and nobody; and what each sees and may do.

What a role may do is data (`coe.enums.roles.ROLES`); what follows from it for a record is said again here in a few plain lines, apart
from the product's own scope rule, so that one mistake in that rule cannot hide itself.
"""

import hashlib
import os
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from coe.enums.roles import LINE_ROLES, ROLES, TOKEN_PERMISSIONS, Permission, Role, TokenScope
from tests.factories import RoleFactory, TokenFactory, UserFactory
from tests.house.routes.use import (
    ACCOUNT,
    ANYWHERE,
    ATTEMPT,
    COMPANY,
    IMPORT,
    IN,
    LOG_IN,
    LOST,
    NO,
    NOTICE,
    SESSION,
    VIEW,
    Use,
)
from tests.plugins.api import Caller

NOBODY, WITHOUT_ROLE = "nobody", "without role"
PEOPLE = (*Role.values, WITHOUT_ROLE)
TOKENS = (*(f"token {scope}" for scope in TokenScope.values), "token of all scopes")
WITHIN = {"own", "below"}


def _walked() -> tuple[str, ...]:
    """Who walks the whole of the pages and of the admin: everybody in the full proof (PROOF_SCALE=1).

    In the gate, one role stands for those of the very same rights and scope; and on PostgreSQL, where only SQL differs, one stands for each
    kind of scope (everything, a line to write, a line to read, nothing).
    """
    if float(os.environ.get("PROOF_SCALE") or 0.05) >= 1:
        return PEOPLE
    if connection.vendor == "postgresql" and os.environ.get("CI") == "true":
        return (Role.HUB_LEAD, Role.LINE_LEAD, Role.VIEWER, WITHOUT_ROLE)
    kinds = {
        (ROLES[role].permissions, ROLES[role].sees_all, role in LINE_ROLES): str(role)
        for role in reversed(Role)
    }
    return (*reversed(kinds.values()), WITHOUT_ROLE)


WALKED = _walked()


@dataclass
class Who:
    """A caller: how it knocks, and what it holds."""

    name: str
    call: Caller
    kind: str = "person"
    user: Any = None
    company: frozenset[Permission] = frozenset()
    line: frozenset[Permission] = frozenset()
    sees_all: bool = False
    has_line: bool = field(default=False)

    def sees(self, record: str, place: str) -> bool:
        """Whether a record of a place is in the caller's scope."""
        if record in (VIEW, NOTICE, ATTEMPT):
            return place == "own" and self.kind == "person"
        if record == IMPORT:
            # One's own imports, and everybody's for those who see the whole company.
            return self.sees_all or (place == "own" and self.kind == "person")
        if self.sees_all:
            return True
        if record == SESSION and place == "above":
            # What a region offers is for all its lines.
            return self.has_line
        return self.has_line and (place in WITHIN or (record == ACCOUNT and place == "shared"))

    def holds(self, right: Permission, place: str) -> bool:
        """Whether the caller may do this on the line of a place."""
        return right in self.company or (right in self.line and place in WITHIN)

    def anywhere(self, right: Permission) -> bool:
        """Whether the caller may do this on some line."""
        return right in self.company or right in self.line

    def expects(self, use: Use, place: str, *, is_api: bool) -> str:
        """What must happen."""
        if use.rule is not None and (self.kind != NOBODY or use.is_open):
            return use.rule(self, place)
        if self.kind == NOBODY:
            return LOG_IN
        right = use.right
        if is_api and right is not None and not self.anywhere(right):
            return NO
        if use.record and not self.sees(use.record, place):
            return LOST
        if right is None:
            return IN
        held = {COMPANY: right in self.company, ANYWHERE: self.anywhere(right)}.get(use.at)
        return IN if (self.holds(right, place) if held is None else held) else NO


def come(name: str, world: Any, *, is_staff: bool = False) -> Who:
    """The caller of a name, with a line role or token on `own`; its own import, view, mapping and notice are those of `own`."""
    if name == NOBODY:
        return Who(name, Caller(), NOBODY)
    line = world.places["own"].line
    if name in TOKENS:
        scopes = TokenScope.values if name == TOKENS[-1] else [name.removeprefix("token ")]
        secret = f"coe_a{len(name):09d}_secret"
        digest = hashlib.sha256(secret.encode()).hexdigest()
        TokenFactory(
            line=line, name="ours", prefix=secret.split("_")[1], digest=digest, scopes=list(scopes), expires_at=world.until,
            created_at=world.at, last_used_at=timezone.now(),
        )  # fmt: skip
        held = frozenset().union(*(TOKEN_PERMISSIONS[TokenScope(scope)] for scope in scopes))
        return Who(name, Caller(secret), "token", line=held, has_line=True)
    user = UserFactory(email="caller@example.com", name="Caller", is_staff=is_staff)
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    own = world.places["own"]
    for kept, owner in (
        (own.batch, "by"),
        (own.view, "owner"),
        (own.mapping, "owner"),
        (own.notice, "user"),
        (own.attempt, "user"),
    ):
        setattr(kept, owner, user)
        kept.save()
    who = Who(name, Caller(client=client), user=user)
    if name != WITHOUT_ROLE:
        role = Role(name)
        spec = ROLES[role]
        RoleFactory(user=user, role=role, line=line if role in LINE_ROLES else None)
        if role in LINE_ROLES:
            who.line, who.has_line = spec.permissions, True
        else:
            who.company, who.sees_all = spec.permissions, spec.sees_all
    return who
