"""Who is asking: a person, a service token, or the system. Read once per request, then passed down by value."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from coe.enums.roles import ROLES, TOKEN_PERMISSIONS, Permission, Role, TokenScope
from coe.enums.work import ActorKind
from coe.models import RoleAssignment, ServiceToken, User
from coe.models.prepared import Given, Prepared


@dataclass(frozen=True)
class Actor:
    """Who acted, as the history tells it: a kind, a stable key, and a name as it was at the time."""

    kind: str
    key: str
    label: str
    user_id: int | None = None

    @classmethod
    def system(cls, label: str = "system") -> "Actor":
        """The hub itself: a task, a command, a migration of data."""
        return cls(ActorKind.SYSTEM, "", label)


@dataclass(frozen=True)
class Grant:
    """A role in force, and the line it is held on (None: the whole company)."""

    role: Role
    line_id: int | None


@dataclass(frozen=True)
class Principal:
    """A caller and what it holds. `is_root` is the system's own work: no scope, every permission."""

    kind: str
    actor: Actor
    grants: tuple[Grant, ...] = ()
    user: User | None = None
    token: ServiceToken | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    is_root: bool = False

    @classmethod
    def system(cls, label: str = "system") -> "Principal":
        """The hub's own work: sees and may do everything."""
        return cls("system", Actor.system(label), is_root=True)

    @classmethod
    def anonymous(cls) -> "Principal":
        """Nobody: sees nothing."""
        return cls("anonymous", Actor("", "", "anonymous"))

    @property
    def label(self) -> str:
        """The caller's name."""
        return self.actor.label

    @cached_property
    def sees_all(self) -> bool:
        """Whether every line is in scope for reading."""
        return self.is_root or any(ROLES[grant.role].sees_all for grant in self.grants)

    @cached_property
    def line_ids(self) -> tuple[int, ...]:
        """Lines on which the caller holds something itself (their subtrees are its scope)."""
        own = {grant.line_id for grant in self.grants if grant.line_id is not None}
        if self.token is not None:
            own.add(self.token.line_id)
        return tuple(sorted(own))

    @property
    def scope(self) -> tuple[int, ...] | None:
        """What the caller's scope consists of, for keeping what depends on nothing else: its lines, or None for everything."""
        return None if self.sees_all else self.line_ids

    @cached_property
    def company_permissions(self) -> frozenset[Permission]:
        """Permissions that hold on every line."""
        if self.is_root:
            return frozenset(Permission)
        return frozenset().union(
            *(ROLES[grant.role].permissions for grant in self.grants if grant.line_id is None)
        )

    def lines_with(self, permission: Permission) -> tuple[int, ...]:
        """Lines on which the caller itself holds a role (or a token scope) with this permission."""
        if self.token is not None:
            held = any(
                permission in TOKEN_PERMISSIONS[TokenScope(scope)]
                for scope in self.scopes
                if scope in TokenScope.values
            )
            return (self.token.line_id,) if held else ()
        return tuple(
            sorted(
                {
                    g.line_id
                    for g in self.grants
                    if g.line_id is not None and permission in ROLES[g.role].permissions
                }
            )
        )

    def holds_anywhere(self, permission: Permission) -> bool:
        """Whether the caller may do this on some line at all (for menus and buttons)."""
        return permission in self.company_permissions or bool(self.lines_with(permission))

    def to_json(self) -> dict[str, Any]:
        """What a task needs to act for this caller later; it is read afresh then, so rights that ended have ended."""
        return {
            "kind": self.kind,
            "user": self.user.pk if self.user else None,
            "token": self.token.pk if self.token else None,
        }


def actor_of(user: User) -> Actor:
    """The person as an actor."""
    return Actor(ActorKind.USER, str(user.public_id), str(user), user.pk)


Held = tuple[str, int | None, datetime, datetime | None]
_HELD = ("role", "line_id", "valid_from", "valid_until")


def person_with_roles(user_id: Any) -> User | None:
    """The person of a session with the roles they hold, held or will hold: one query where every page would need two."""
    rows = _PERSON.rows(key=user_id)
    if not rows:
        return None
    names = _person_columns()
    user = User.from_db(User.objects.db, names, rows[0][: len(names)])
    user.held_roles = tuple(row[len(names) :] for row in rows if row[len(names)])
    return user


def _person_columns() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


def _person_with_roles() -> QuerySet[Any]:
    held = [f"role_assignments__{name}" for name in _HELD]
    one = User.objects.filter(pk=Given("key", User._meta.pk)).order_by()
    return one.values_list(*_person_columns(), *held)


_PERSON = Prepared(_person_with_roles)


def principal_of(user: Any, at: datetime) -> Principal:
    """The person with the roles in force at an instant (one query, none after `person_with_roles`). Superusers hold `administrator`."""
    if not isinstance(user, User) or not user.is_active:
        return Principal.anonymous()
    held: Iterable[Held] | None = user.held_roles
    if held is None:
        held = RoleAssignment.objects.filter(user_id=user.pk).values_list(*_HELD)
    grants = tuple(
        Grant(Role(role), line_id)
        for role, line_id, begins, ends in held
        if begins <= at and (ends is None or ends > at)
    )
    if user.is_superuser:
        grants += (Grant(Role.ADMINISTRATOR, None),)
    return Principal("user", actor_of(user), grants, user=user)


def principal_of_token(token: ServiceToken, at: datetime) -> Principal:
    """The token as a caller; anonymous when it is revoked or expired (no query)."""
    if not token.is_usable(at):
        return Principal.anonymous()
    actor = Actor(ActorKind.TOKEN, str(token.public_id), f"{token.name} ({token.prefix})")
    return Principal("token", actor, token=token, scopes=frozenset(token.scopes))


def principal_from_json(data: dict[str, Any], at: datetime) -> Principal:
    """The caller of `Principal.to_json`, with the rights it has now."""
    if data.get("kind") == "system":
        return Principal.system()
    if data.get("token"):
        token = ServiceToken.objects.filter(pk=data["token"]).first()
        return principal_of_token(token, at) if token else Principal.anonymous()
    return principal_of(User.objects.filter(pk=data["user"]).first() if data.get("user") else None, at)
