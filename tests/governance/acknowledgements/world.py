"""Policies in force and the people they bind: what tests of governance build on. Rows are what the services of policies write."""

import datetime as dt
import hashlib
from typing import Any

from coe.models import User
from coe.rules.principals import Actor, actor_of
from governance.enums.policies import PolicyType, PolicyVersionState
from governance.models import AudienceRule, Policy, PolicyText, PolicyVersion
from governance.services.acknowledging import Shown

SINCE = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
BY = Actor.system("tests")


def policy(code: str = "conduct", **fields: Any) -> Policy:
    """A policy without versions."""
    values = {"type": PolicyType.EMPLOYEE_USE, "titles": {"en": f"Policy {code}", "fr": f"Règle {code}"}}
    return Policy.objects.create(code=code, created_at=SINCE, updated_at=SINCE, **{**values, **fields})


def binds(one: Policy, *, role: str = "", line: Any = None, platform: Any = None) -> AudienceRule:
    """A rule of a policy's audience."""
    key = f"{role}|{line.pk if line else ''}|{platform.pk if platform else ''}"
    return AudienceRule.objects.create(policy=one, role=role, line=line, platform=platform, key=key)


def version(
    one: Policy, major: int = 1, minor: int = 0, *, state: str = PolicyVersionState.PUBLISHED, at: dt.datetime = SINCE,
    languages: tuple[str, ...] = ("en", "fr"), **fields: Any,
) -> PolicyVersion:  # fmt: skip
    """A version with texts; one that is published supersedes the one in force."""
    published = at if state == PolicyVersionState.PUBLISHED else None
    if published:
        in_force = PolicyVersion.objects.in_force().filter(policy=one)
        in_force.update(state=PolicyVersionState.SUPERSEDED, superseded_at=at)
    made = PolicyVersion.objects.create(
        policy=one, major=major, minor=minor, state=state, is_material=minor == 0, published_at=published,
        created_at=at, updated_at=at, **fields,
    )  # fmt: skip
    for language in languages:
        body = f"# {one.code} {made.number} {language}\n\nDo it **well**."
        digest = hashlib.sha256(body.encode()).hexdigest()
        PolicyText.objects.create(version=made, language=language, body=body, sha256=digest)
    return made


def shown(one: PolicyVersion, language: str = "en") -> Shown:
    """The text of a version as a page shows it."""
    return Shown(language, PolicyText.objects.get(version=one, language=language).sha256)


def me(person: User) -> Actor:
    """The person acting."""
    return actor_of(person)
