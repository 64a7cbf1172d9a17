"""Campaigns of certification over the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE, PLATFORM
from coe.enums.accounts import AccountTier
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.rules.principals import Principal
from governance.enums.certification import CampaignAction
from governance.enums.policies import CampaignState
from governance.models import CertificationCampaign
from governance.rules.certification import require_campaigns
from governance.selectors.certification import campaigns_visible_to, certifiable_by, progress
from governance.services.certification_campaigns import (
    move_certification_campaign,
    plan_certification_campaign,
)
from training.api.relations import instant


def _rows(principal: Principal) -> QuerySet[CertificationCampaign]:
    return campaigns_visible_to(principal)


CAMPAIGNS = Resource(
    name="CertificationCampaign",
    plural="certification-campaigns",
    rows=_rows,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/certification-campaigns/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/certification/campaigns/{key}/"),
        Field("display", ("name",)),
        plain("name"),
        line_field(),
        Field("platform", ("platform__code",), nullable=True),
        plain("tier", "integer", nullable=True),
        plain("state", choices=CampaignState),
        plain("starts_at", "datetime"),
        plain("due_at", "datetime"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("state", "state", choices=CampaignState),
        Filter("due_at", "due_at", "datetime"),
    ),
    ordering={"starts_at": "starts_at", "due_at": "due_at"},
    default=("-starts_at", "-pk"),
    description="Rounds of certification on your lines, and those of the whole company.",
)
PLAN = (
    Input("name", required=True),
    Input("line", relation=LINE, nullable=True, note="null: the whole company, for the hub."),
    Input("platform", relation=PLATFORM, nullable=True),
    Input("tier", "integer", nullable=True, note="1, 2 or 3; null: every tier."),
    Input("starts_at", "datetime", note="Left out: now."),
    Input("due_at", "datetime", required=True),
)
ACTION = (Input("action", required=True, choices=CampaignAction),)
PROGRESS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": {"type": "object"}},
        "total": {"type": "integer"},
        "done": {"type": "integer"},
    },
}


class _CampaignView(HubView):
    resource = CAMPAIGNS
    tag = "certification"

    def campaign(self, public_id: UUID) -> CertificationCampaign:
        """A campaign the caller sees; 404 otherwise."""
        found = _rows(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found


class CampaignListView(_CampaignView):
    """Campaigns."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.EDIT_LINE}
    operations = {
        "GET": Operation("List certification campaigns", is_list=True),
        "POST": Operation(
            "Plan a campaign",
            PLAN,
            status=201,
            example={"name": "Spring", "line": None, "due_at": "2031-05-01T00:00:00Z"},
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of campaigns."""
        return self.listed(CAMPAIGNS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Plan one."""
        body = Body(request.data, PLAN, self.principal)
        values = body.values
        line = values.get("line")
        require_campaigns(self.principal, line.pk if line else None)
        for name in ("starts_at", "due_at"):
            if name in values:
                values[name] = instant(name, values[name])
        if values.get("tier") is not None and values["tier"] not in AccountTier.values:
            raise Invalid.one("tier", "choice_unknown", "1, 2, 3")
        done = plan_certification_campaign(**values, by=self.principal.actor, at=self.at, why=body.why)
        return self.told(CAMPAIGNS, rows=CertificationCampaign.objects.all(), status=201, pk=done.pk)


class CampaignDetailView(_CampaignView):
    """One campaign."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a campaign")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The campaign."""
        return self.told(CAMPAIGNS, public_id=public_id)


class CampaignProgressView(_CampaignView):
    """How far each line is."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("How many accounts of each line are certified", answer=PROGRESS)}

    def get(self, request: Request, public_id: UUID) -> Response:
        """Lines with their counts, of accounts in the caller's scope."""
        rows = list(progress(self.campaign(public_id), certifiable_by(self.principal), at=self.at))
        return Response(
            {
                "results": [
                    {"line": row["line__code"], "name": row["line__name"], "total": row["total"], "done": row["done"]}
                    for row in rows
                ],
                "total": sum(row["total"] for row in rows),
                "done": sum(row["done"] for row in rows),
            }
        )  # fmt: skip


class CampaignActionView(_CampaignView):
    """Start, end or call off."""

    permissions = {"POST": Permission.EDIT_LINE}
    operations = {"POST": Operation("Start, end or call a campaign off", ACTION, example={"action": "end"})}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Move it."""
        campaign = self.campaign(public_id)
        require_campaigns(self.principal, campaign.line_id)
        body = Body(request.data, ACTION, self.principal)
        move_certification_campaign(
            campaign,
            action=body.values["action"],
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.told(CAMPAIGNS, rows=CertificationCampaign.objects.all(), pk=campaign.pk)
