"""Rounds in which people acknowledge policies (again) by a date: planned, begun and ended by their clock, called off by hand."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, WrongState
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.later import later
from coe.services.records import locked, required, save_changed
from coe.services.timers import cancel_timers, set_timers
from governance.enums.policies import CAMPAIGN_TRANSITIONS, CampaignState, DueEnd
from governance.models import AcknowledgementCampaign, Policy, PolicyDue, PolicyVersion
from governance.services.due_rows import end_due, note_lines

CAMPAIGN = "policy.campaign"


def _check(name: str, policies: Sequence[Policy], starts_at: datetime, due_at: datetime, at: datetime) -> str:
    name = name.strip()
    if not name:
        raise required("name")
    if len(name) > 160 or "\x00" in name:
        raise Invalid.one("name", "too_long", _("Write at most %(n)d readable characters.") % {"n": 160})
    if not policies:
        raise required("policies")
    for policy in policies:
        in_force = PolicyVersion.objects.in_force().filter(policy=policy)
        if policy.archived_at is not None or not policy.is_acknowledged or not in_force.exists():
            words = _("“%(policy)s” is not in force, or nobody acknowledges it.")
            raise Invalid.one("policies", "not_in_force", words % {"policy": policy.title})
    if due_at <= starts_at:
        raise Invalid.one("due_at", "ends_before_start", _("People answer after the campaign has begun."))
    if due_at <= at:
        raise Invalid.one("due_at", "in_past", _("Choose a day that is not past."))
    return name


@transaction.atomic
def plan_campaign(
    *,
    name: str,
    policies: Sequence[Policy],
    starts_at: datetime,
    due_at: datetime,
    by: Actor,
    at: datetime,
    line: BusinessLine | None = None,
    is_repeated: bool = False,
    why: str = "",
) -> AcknowledgementCampaign:
    """Plan a round; its clock begins it at `starts_at` (at once when that is past) and ends it at `due_at`.

    :raises Invalid: no name or policy, a policy that is not in force, or dates in the wrong order or past.
    """
    name = _check(name, policies, starts_at, due_at, at)
    row = AcknowledgementCampaign.objects.create(
        name=name, line=line, is_repeated=is_repeated, starts_at=max(starts_at, at), due_at=due_at, created_at=at, updated_at=at,
    )  # fmt: skip
    row.policies.set(policies)
    told = changed({}, snapshot(row)) | {"policies": [None, sorted(policy.code for policy in policies)]}
    record("acknowledgement_campaign.planned", row, by=by, at=at, changes=told, why=why)
    set_timers(CAMPAIGN, due={str(row.public_id): row.starts_at}, at=at)
    return row


def _move(
    row: AcknowledgementCampaign, state: CampaignState, *, by: Actor, at: datetime, why: str = ""
) -> None:
    if state not in CAMPAIGN_TRANSITIONS[CampaignState(row.state)]:
        raise WrongState(
            _("The campaign “%(name)s” is in the state “%(state)s”.")
            % {"name": row.name, "state": row.get_state_display()}
        )
    before, row.state = row.state, state
    save_changed(row, fields=["state"], at=at)
    record(
        f"acknowledgement_campaign.{state}", row, by=by, at=at, changes={"state": [before, state]}, why=why
    )


@transaction.atomic
def begin_campaign(campaign: AcknowledgementCampaign, *, by: Actor, at: datetime) -> AcknowledgementCampaign:
    """Begin a round; the worker asks its people.

    :raises WrongState: it has begun, or was called off.
    """
    row = locked(campaign)
    _move(row, CampaignState.RUNNING, by=by, at=at)
    later("governance.tell_campaign", campaign_id=row.pk)
    return row


@transaction.atomic
def end_campaign(campaign: AcknowledgementCampaign, *, by: Actor, at: datetime) -> AcknowledgementCampaign:
    """End a round at its date. Nobody joins it any more; whoever has not answered still owes it, and is late.

    :raises WrongState: it is not running.
    """
    row = locked(campaign)
    _move(row, CampaignState.ENDED, by=by, at=at)
    return row


@transaction.atomic
def cancel_campaign(
    campaign: AcknowledgementCampaign,
    *,
    by: Actor,
    at: datetime,
    why: str,
    expected_revision: int | None = None,
) -> AcknowledgementCampaign:
    """Call a round off, for a reason. What it asked and was not answered is owed no longer; answers stay.

    :raises Invalid: no reason. :raises WrongState: it is over. :raises Stale: `expected_revision` is old.
    """
    if not why.strip():
        raise required("reason")
    row = locked(campaign, expected_revision=expected_revision)
    _move(row, CampaignState.CANCELLED, by=by, at=at, why=why.strip())
    rows = PolicyDue.objects.filter(campaign=row, until_at__isnull=True, answer="")
    found = list(rows.values_list("pk", "line_id"))
    note_lines({line for _pk, line in found}, at=at)
    end_due([pk for pk, _line in found], ended=DueEnd.CAMPAIGN, at=at)
    cancel_timers(CAMPAIGN, subjects=[str(row.public_id)], at=at)
    return row
