"""From an empty hub to a first scorecard: steps that are done by their own evidence, never by a tick."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, Q, QuerySet
from django.urls import reverse

from coe.enums.roles import Permission, Role
from coe.models import BusinessLine, Organisation, RoleAssignment, SocialAccount
from coe.models.prepared import PreparedByShape
from coe.registries import first_steps
from coe.rules.principals import Principal

# Emptied when somebody leaves the demo, which is the only way back to an empty hub.
_ALL_DONE = "first-steps-done"
_REMEMBERED = 3600


@dataclass(frozen=True)
class FirstStep:
    """What to do first, where, and the condition on the organisation's row that says it is done."""

    label: Any
    text: Any
    url_name: str
    evidence: Callable[[], Any]
    query: str = ""
    permission: Permission = Permission.MANAGE_LINES


@dataclass(frozen=True)
class StepShown:
    """A first step as the page draws it."""

    label: str
    text: str
    url: str
    is_done: bool


def steps_for(principal: Principal) -> list[StepShown]:
    """The steps for those who set the hub up, in order; nothing once all are done (one query, then none)."""
    steps = first_steps.values()
    held = principal.company_permissions
    if not steps or Permission.MANAGE_LINES not in held or cache.get(_ALL_DONE):
        return []
    found = _EVIDENCE.get(tuple(first_steps), _evidence).rows()
    done = found[0] if found else (False,) * len(steps)
    if all(done):
        cache.set(_ALL_DONE, True, _REMEMBERED)
        return []
    return [
        StepShown(str(step.label), str(step.text), reverse(step.url_name) + step.query, bool(is_done))
        for step, is_done in zip(steps, done, strict=True)
        if step.permission in held
    ]


def _evidence() -> QuerySet[Any]:
    """Whether each step is done, on the organisation's row."""
    return Organisation.objects.filter(pk=1).values_list(*(step.evidence() for step in first_steps.values()))


_EVIDENCE = PreparedByShape(8)


def organisation_named() -> Any:
    """The company has a name of its own."""
    return ~Q(name=Organisation._meta.get_field("name").default)


def lines_exist() -> Any:
    """There is a line at work."""
    return Exists(BusinessLine.objects.active())


def lead_named() -> Any:
    """Somebody leads a line."""
    return Exists(RoleAssignment.objects.filter(role=Role.LINE_LEAD, valid_until__isnull=True))


def accounts_registered() -> Any:
    """An account stands in the register."""
    return Exists(SocialAccount.objects.registered())
