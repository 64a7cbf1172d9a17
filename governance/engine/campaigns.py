"""The clock of certification campaigns: a planned one starts at its instant."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from coe.rules.principals import Actor
from coe.services.history import Entry, record_many
from governance.enums.certification import STARTS
from governance.enums.policies import CampaignState
from governance.models import CertificationCampaign


def started(batch: Sequence[Due], *, at: datetime) -> None:
    """Let planned campaigns whose instant has come run. Asked twice, it does nothing the second time."""
    rows = list(
        CertificationCampaign.objects.select_for_update(of=("self",)).filter(
            public_id__in=[due.subject for due in batch], state=CampaignState.PLANNED, starts_at__lte=at
        )
    )
    for row in rows:
        row.state, row.revision, row.updated_at = CampaignState.RUNNING, row.revision + 1, at
    CertificationCampaign.objects.bulk_update(rows, ["state", "revision", "updated_at"])
    entries = [
        Entry("campaign.started", row, {"state": [CampaignState.PLANNED, CampaignState.RUNNING]})
        for row in rows
    ]
    record_many(entries, by=Actor.system(), at=at)


CAMPAIGN_START = TimerKind(_("Start of a certification campaign"), started)
__all__ = ["CAMPAIGN_START", "STARTS", "started"]
