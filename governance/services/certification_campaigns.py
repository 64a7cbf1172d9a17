"""Campaigns of certification: rounds in which the owners of a selection of accounts certify them by a date."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.lines import LineStatus
from coe.errors import Invalid, Problem, WrongState
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, required, save_changed
from coe.services.timers import cancel_timers, set_timers
from governance.enums.certification import STARTS, CampaignAction
from governance.enums.policies import CAMPAIGN_TRANSITIONS, CampaignState
from governance.models import CertificationCampaign

_LEADS_TO = {
    CampaignAction.START: CampaignState.RUNNING,
    CampaignAction.END: CampaignState.ENDED,
    CampaignAction.CANCEL: CampaignState.CANCELLED,
}


@transaction.atomic
def plan_certification_campaign(
    *,
    name: str,
    due_at: datetime,
    by: Actor,
    at: datetime,
    line: BusinessLine | None = None,
    starts_at: datetime | None = None,
    why: str = "",
    **fields: Any,
) -> CertificationCampaign:
    """Plan a campaign over accounts of a line and below (None: the company), of a platform, of a tier. Without a start it starts now.

    Who is asked is not stored: at every look the accounts that fit now are counted, so owners who change are asked without a sync.

    :raises Invalid: no name, or the dates do not fit. :raises WrongState: the line is archived.
    """
    start = starts_at or at
    values = {"name": name, "due_at": due_at, "starts_at": start, "line": line, **fields}
    clean = clean_values(
        CertificationCampaign,
        values=values,
        allowed={"name", "due_at", "starts_at", "line", "platform", "tier"},
    )
    if not clean["name"]:
        raise required("name")
    problems = []
    if start < at and starts_at is not None:
        problems.append(
            Problem(
                "starts_at", "in_past", _("A campaign starts now or later; leave the start empty for now.")
            )
        )
    if due_at <= start:
        problems.append(Problem("due_at", "ends_before_start", _("A campaign is due after it starts.")))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    if line is not None and line.status == LineStatus.ARCHIVED:
        raise WrongState(_("%(name)s is archived.") % {"name": line})
    state = CampaignState.RUNNING if start <= at else CampaignState.PLANNED
    campaign = CertificationCampaign.objects.create(**clean, state=state, created_at=at, updated_at=at)
    record(
        "campaign.planned",
        campaign,
        by=by,
        at=at,
        changes=changed({}, snapshot(campaign)),
        why=why,
        line_id=campaign.line_id,
    )
    if state == CampaignState.PLANNED:
        set_timers(STARTS, due={str(campaign.public_id): start}, at=at)
    return campaign


@transaction.atomic
def move_certification_campaign(
    campaign: CertificationCampaign,
    *,
    action: str,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> CertificationCampaign:
    """Start, end or call a campaign off. What was certified stays certified.

    :raises Invalid: no such action. :raises WrongState: it is not possible from here, or it would start after it is due.
    :raises Stale: the revision is old.
    """
    if action not in CampaignAction.values:
        raise Invalid.one(
            "action", "choice_unknown", _("Known: %(known)s.") % {"known": ", ".join(CampaignAction.values)}
        )
    row = locked(campaign, expected_revision=expected_revision)
    new = _LEADS_TO[CampaignAction(action)]
    if new not in CAMPAIGN_TRANSITIONS[CampaignState(row.state)]:
        raise WrongState(
            _("“%(action)s” is not possible: the campaign is %(state)s.")
            % {"action": CampaignAction(action).label, "state": row.get_state_display()},
            extra={"state": row.state},
        )
    before = snapshot(row)
    row.state = new
    fields = ["state"]
    if new == CampaignState.RUNNING and row.starts_at > at:
        row.starts_at = at
        fields.append("starts_at")
    if row.due_at <= row.starts_at:
        raise WrongState(_("This campaign was due already; plan another one."))
    save_changed(row, fields=fields, at=at)
    verb = {
        CampaignAction.START: "started",
        CampaignAction.END: "ended",
        CampaignAction.CANCEL: "cancelled",
    }[CampaignAction(action)]
    record(
        f"campaign.{verb}",
        row,
        by=by,
        at=at,
        changes=changed(before, snapshot(row)),
        why=why,
        line_id=row.line_id,
    )
    cancel_timers(STARTS, subjects=[str(row.public_id)], at=at, note=str(action))
    note_facts([(row.line_id, "certification")], at=at)
    return row
