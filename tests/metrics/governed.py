"""Records of governance that the maturity engine reads, written as they stand at the instant of tests/metrics/world.py."""

import datetime as dt

from governance.models import (
    AccessGrant,
    Acknowledgement,
    Finding,
    Policy,
    PolicyDue,
    PolicyException,
    PolicyVersion,
)
from tests.factories import PlatformFactory, UserFactory
from tests.metrics.world import AT, TODAY

DAY = dt.timedelta(days=1)


def policy(kind, *, published=AT - 100 * DAY, told=True, version=(1, 0), **fields):
    """A policy of a type with a version in force."""
    row = Policy.objects.create(
        code=f"{kind}-{Policy.objects.count()}".replace("_", "-"), type=kind, titles={"en": kind},
        **{"next_review_on": TODAY + 30 * DAY, **fields},
    )  # fmt: skip
    major, minor = version
    PolicyVersion.objects.create(
        policy=row, major=major, minor=minor, state="published", published_at=published,
        told_at=published + DAY if told else None,
    )  # fmt: skip
    return row


def due(row, person, *, answer="", due_at=AT - DAY, **fields):
    """A person owes the version in force, or has answered."""
    version = row.versions.get(state="published")
    settled = None
    if answer:
        settled = Acknowledgement.objects.create(
            version=version, person=person, answer=answer, reason="no" * (answer == "declined"), language="en",
            sha256="0" * 64, at=AT - 5 * DAY, person_name=person.name,
        )  # fmt: skip
    return PolicyDue.objects.create(
        version=version, policy=row, person=person, cause="published", from_at=AT - 40 * DAY, due_at=due_at,
        answer=answer, settled_by=settled, **fields,
    )  # fmt: skip


def grant(account, person=None, **fields):
    """Somebody holds access to an account."""
    values = {
        "state": "active", "level": "publisher", "basis": "certificate", "requested_at": AT - 200 * DAY,
        "granted_at": AT - 200 * DAY, "requested_by": UserFactory(),
    }  # fmt: skip
    return AccessGrant.objects.create(account=account, person=person or UserFactory(), **values | fields)


def exception(line, **fields):
    """An exception in force."""
    values = {
        "title": "x", "subject": "criterion", "criterion": "GOV-W2", "reason": "r", "compensating_control": "c",
        "state": "active", "requester": UserFactory(), "requested_at": AT - 30 * DAY, "approver": UserFactory(),
        "decided_at": AT - 20 * DAY, "starts_at": AT - 20 * DAY, "expires_at": AT + 20 * DAY,
    }  # fmt: skip
    return PolicyException.objects.create(line=line, **values | fields)


def found(days, *, judged=None, **fields):
    """A finding some days ago, judged some days ago."""
    return Finding.objects.create(
        platform=PlatformFactory(code="twitter"), handle=f"h{days}", handle_key=f"h{days}{judged}",
        found_at=AT - days * DAY, state="new" if judged is None else "triaged",
        triaged_at=None if judged is None else AT - judged * DAY, **fields,
    )  # fmt: skip
