"""A small world of governance: what every test of it builds on."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from coe.enums.roles import Role
from coe.models import User
from coe.rules.principals import Actor, actor_of
from governance.models import AudienceRule, Policy, PolicyVersion
from governance.services.policies import create_policy
from governance.services.publishing import publish_policy
from governance.services.reviews import decide_review, submit_version
from governance.services.versions import draft_version, edit_version
from tests.factories import RoleFactory, UserFactory

# Before the instant of every test, so that policies are in force when it happens.
SINCE = dt.datetime(2026, 1, 5, 8, 0, tzinfo=dt.UTC)
BY = Actor.system("tests")
TEXTS = {"en": "## 1. Purpose\n\nSpeak for yourself.", "fr": "## 1. Objet\n\nParlez en votre nom."}


def hub_person(name: str = "Hanna Hub", role: Role = Role.HUB_LEAD, **fields: Any) -> User:
    """Somebody who writes policies."""
    user = UserFactory(name=name, **fields)
    RoleFactory(user=user, role=role)
    return user


def policy(code: str = "use", *, at: dt.datetime = SINCE, **fields: Any) -> Policy:
    """A policy without words that binds everybody."""
    values = {"type": "employee_use", "titles": {"en": f"Policy {code}", "fr": f"Politique {code}"}}
    made = create_policy(code=code, by=BY, at=at, **values | fields)
    AudienceRule.objects.create(policy=made, key="||")
    return made


def drafted(
    one: Policy,
    *,
    at: dt.datetime = SINCE,
    texts: dict[str, str] | None = None,
    by: Actor = BY,
    **changes: Any,
) -> PolicyVersion:
    """A draft that can be submitted."""
    version = draft_version(one, by=by, at=at)
    return edit_version(
        version, changes={"change_note": "As decided", **changes}, texts=texts or TEXTS, by=by, at=at
    )


def submitted(
    version: PolicyVersion,
    reviewers: Sequence[User] = (),
    *,
    by: Actor = BY,
    at: dt.datetime = SINCE,
    **fields: Any,
) -> PolicyVersion:
    """A version in review by these people, by somebody new without any."""
    return submit_version(version, reviewers=reviewers or [UserFactory()], by=by, at=at, **fields)


def approved(version: PolicyVersion, *, at: dt.datetime = SINCE, **fields: Any) -> PolicyVersion:
    """A draft that as many new reviewers as it takes have approved."""
    reviewers = UserFactory.create_batch(version.policy.quorum)
    version = submitted(version, reviewers, at=at, **fields)
    for reviewer in reviewers:
        decide_review(version, outcome="approved", sha256=version.sha256, by=actor_of(reviewer), at=at)
    version.refresh_from_db()
    return version


def published(code: str = "use", *, at: dt.datetime = SINCE, **fields: Any) -> PolicyVersion:
    """A policy with a version in force."""
    texts = fields.pop("texts", None)
    return publish_policy(
        approved(drafted(policy(code, at=at, **fields), at=at, texts=texts), at=at), by=BY, at=at
    )


def next_published(
    version: PolicyVersion, *, at: dt.datetime, texts: dict[str, str] | None = None, **changes: Any
) -> PolicyVersion:
    """The version after this one, in force; material unless said otherwise."""
    return publish_policy(
        approved(drafted(version.policy, at=at, texts=texts, **changes), at=at), by=BY, at=at
    )
