"""A line that asks, a hub that decides, and a policy in force: what tests of exceptions build on."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from coe.enums.roles import Role
from coe.models import User
from coe.rules.principals import actor_of
from governance.enums.policies import PolicyType, PolicyVersionState
from governance.models import Policy, PolicyException, PolicyVersion
from governance.services.exceptions import approve_exception, request_exception, take_up
from tests.factories import LineFactory, RoleFactory, UserFactory

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def in_force(code: str = "retention", **fields: Any) -> Policy:
    """A policy with a published version."""
    one = Policy.objects.create(
        code=code, type=PolicyType.RECORDS_RETENTION, titles={"en": f"Policy {code}"}, **fields
    )
    PolicyVersion.objects.create(
        policy=one, major=1, state=PolicyVersionState.PUBLISHED, published_at=AT - 9 * DAY
    )
    return one


def person(name: str, role: Role | None = None, line: Any = None) -> User:
    """Somebody with a role."""
    user = UserFactory(name=name, email=f"{name.lower()}@example.com")
    if role is not None:
        RoleFactory(user=user, role=role, line=line)
    return user


def company() -> SimpleNamespace:
    """EU > FDE, and US; Lena leads EU, Hanna and Hugo are the hub, Emil contributes in FDE."""
    europe = LineFactory(code="EU", name="Europe")
    foods = LineFactory(code="FDE", name="Foods Europe", parent=europe)
    return SimpleNamespace(
        europe=europe, foods=foods, america=LineFactory(code="US", name="Americas"), policy=in_force(),
        lena=person("Lena", Role.LINE_LEAD, europe), hanna=person("Hanna", Role.HUB_LEAD), hugo=person("Hugo", Role.HUB_MEMBER),
        emil=person("Emil", Role.CONTRIBUTOR, foods),
    )  # fmt: skip


def asked(
    world: SimpleNamespace, *, at: dt.datetime = AT, by: User | None = None, **fields: Any
) -> PolicyException:
    """Lena asks to deviate from the policy for sixty days; Hanna is named to decide."""
    values = {
        "subject": "policy", "policy": world.policy, "line": world.europe, "title": "Archive moves", "reason": "The archive moves.",
        "compensating_control": "Weekly exports.", "expires_at": at + 60 * DAY, "approver": world.hanna,
    }  # fmt: skip
    return request_exception(**values | fields, by=actor_of(by or world.lena), at=at)


def granted(world: SimpleNamespace, *, at: dt.datetime = AT, **fields: Any) -> PolicyException:
    """An exception that Hanna has approved."""
    row = take_up(asked(world, at=at, **fields), by=actor_of(world.hanna), at=at)
    return approve_exception(
        row, by=actor_of(world.hanna), at=at, expected_revision=row.revision, note="Fine"
    )
