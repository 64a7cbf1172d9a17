"""The clock of acknowledgement campaigns: one timer each, that begins it and then ends it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from coe.rules.principals import Actor
from governance.enums.policies import CampaignState
from governance.models import AcknowledgementCampaign
from governance.services.acknowledgement_campaigns import begin_campaign, end_campaign

BY = Actor.system("policy campaigns")


def turn(batch: Sequence[Due], *, at: datetime) -> Mapping[str, datetime]:
    """Begin what is planned, end what runs; the subject is the campaign's public id. Campaigns are few, and each is one record."""
    again = {}
    for row in AcknowledgementCampaign.objects.filter(public_id__in=[due.subject for due in batch]):
        if row.state == CampaignState.PLANNED:
            begin_campaign(row, by=BY, at=at)
            again[str(row.public_id)] = row.due_at
        elif row.state == CampaignState.RUNNING and row.due_at <= at:
            end_campaign(row, by=BY, at=at)
        elif row.state == CampaignState.RUNNING:
            # Begun by something else than its clock: it ends on its day all the same.
            again[str(row.public_id)] = row.due_at
    return again


POLICY_CAMPAIGN = TimerKind(_("Begin and end of an acknowledgement campaign"), turn)
