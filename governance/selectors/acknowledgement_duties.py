"""The duty to answer a policy. Reminders, escalation to the lead of the line and the weekly digest read it; nothing else mails about it."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.models import User
from coe.selectors.duties import Duty
from governance.models import Policy
from governance.selectors.acknowledgements import owing


class _Title:
    """A policy's title, looked up in the language of whoever is told."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __format__(self, spec: str) -> str:
        return self.policy.title

    __str__ = __repr__ = lambda self: self.policy.title


def acknowledge_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Versions in force that people have not answered: one a person and version, by the earliest day it is owed. One query."""
    told: set[tuple[int, int]] = set()
    for row in owing(people):
        if (row.person_id, row.version_id) in told:
            continue
        told.add((row.person_id, row.version_id))
        yield Duty(
            person_id=row.person_id,
            kind="policy.acknowledge",
            key=str(row.version.public_id),
            title=format_lazy(_("Read and acknowledge “{policy}”"), policy=_Title(row.policy)),
            url=reverse("policy-acknowledge", args=[row.policy.code]),
            due_at=row.due_at,
            line=row.line,
            note=_("Accept it, decline it with a reason, or ask for an exception."),
        )
