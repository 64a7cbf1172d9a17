"""Coverage of policies and acknowledgement campaigns. As a file, coverage is `/exports/policy-coverage/`."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.fields import Field, Filter, Resource, line_brief, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.pagination import HubPagination
from coe.api.base.queries import check_lines, lines_named
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.rules.scope import lines_in_scope, require
from governance.enums.policies import CampaignState
from governance.models import AcknowledgementCampaign
from governance.selectors.policy_coverage import (
    campaigns_visible_to,
    coverage_by_line,
    covered_policies,
    may_see_answers,
)
from governance.services.acknowledgement_campaigns import cancel_campaign, plan_campaign
from training.api.relations import instant

_CELL = {
    "type": "object",
    "properties": {
        "line": {"oneOf": [{"$ref": "#/components/schemas/LineBrief"}, {"type": "null"}], "description": "null: the company."},
        "policy": {"type": "string"},
        "people": {"type": "integer", "description": "Who were asked."},
        "accepted": {"type": "integer"},
        "declined": {"type": "integer"},
        "overdue": {"type": "integer"},
        "web_url": {"type": ["string", "null"], "description": "The people, where you may see who they are."},
    },
}  # fmt: skip


class PolicyCoverageView(HubView):
    """The matrix as a list of cells."""

    tag = "governance"
    permissions = {"GET": Permission.VIEW}
    operations = {
        "GET": Operation(
            "Coverage by line, with the lines below it, and policy",
            parameters=(
                ("line", "string", "Code of a line; several with commas."),
                ("line_subtree", "string", "Code of a line; with all lines below it."),
                ("limit", "integer", "1 to 1000; 50 when left out."),
                ("offset", "integer", "How many to leave out."),
            ),
            answer=_CELL,
            is_list=True,
        )
    }

    def get(self, request: Request) -> Response:
        """A page of cells, by line and policy; the company's own first, told to those who see all of it."""
        asked = request.query_params
        lines = lines_in_scope(self.principal).active()
        named = [name for name in ("line", "line_subtree") if name in asked]
        for name in named:
            found = lines_named(self.principal, name, asked.getlist(name))
            lines = lines.filter(pk__in=found.values("pk"))
        check_lines(self.principal, asked)
        known = {line.pk: line for line in lines.order_by("code_key")}
        policies = list(covered_policies())
        cells = coverage_by_line(self.principal, at=self.at, lines=known)
        open_to = may_see_answers(self.principal, known)
        places: list[Any] = list(known.values()) if named else [None, *known.values()]
        rows = [
            {
                "line": line_brief(line.public_id, line.code, line.name) if line else None,
                "policy": policy.code, "people": cell.people, "accepted": cell.accepted, "declined": cell.declined,
                "overdue": cell.overdue,
                "web_url": f"/policies/coverage/{policy.code}/{quote(line.code) if line else 'all'}/"
                if (line.pk if line else None) in open_to else None,
            }
            for line in places
            for policy in policies
            if (cell := cells.get((line.pk if line else None, policy.pk))) is not None
        ]  # fmt: skip
        pages = HubPagination()
        return Response(pages.envelope(list(pages.slice(rows, request))))


def _policies(keys: list[int]) -> dict[int, list[str]]:
    """Campaign → codes of its policies (one query)."""
    through = AcknowledgementCampaign.policies.through.objects.filter(acknowledgementcampaign_id__in=keys)
    found: dict[int, list[str]] = {}
    for campaign, code in through.order_by("policy__code").values_list(
        "acknowledgementcampaign_id", "policy__code"
    ):
        found.setdefault(campaign, []).append(code)
    return found


CAMPAIGNS = Resource(
    name="AcknowledgementCampaign",
    plural="acknowledgement-campaigns",
    rows=campaigns_visible_to,
    # A campaign of no line asks everybody.
    on_lines=lambda lines: Q(line__isnull=True) | Q(line__in=lines),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/acknowledgement-campaigns/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/policies/campaigns/{key}/"),
        Field("display", ("name",)),
        plain("name"),
        Field("policies", kind="any", collect=_policies, note="Codes."),
        line_field(),
        Field("is_repeated", ("is_repeated",), "boolean", note="Whether everybody is asked again."),
        plain("starts_at", "datetime"),
        plain("due_at", "datetime"),
        plain("state", choices=CampaignState),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("state", "state", choices=CampaignState), Filter("due_at", "due_at", "datetime")),
    ordering={"starts_at": "starts_at", "updated_at": "updated_at"},
    default=("-starts_at",),
    description="Rounds that reach your lines.",
)
PLAN = (
    Input("name", required=True),
    Input("policies", "array", required=True, note="Codes of policies in force."),
    Input("line", relation=LINE, note="Whose people, with all lines below; everybody when left out."),
    Input("is_repeated", "boolean", note="Ask everybody again; otherwise only who has not accepted yet."),
    Input("starts_at", "datetime", required=True),
    Input("due_at", "datetime", required=True),
)


class CampaignListView(ListView):
    """Campaigns."""

    resource = CAMPAIGNS
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("List acknowledgement campaigns", is_list=True),
        "POST": Operation(
            "Plan a campaign; its clock begins and ends it", PLAN, status=201,
            example={
                "name": "Attestation 2027", "policies": ["employee-use"], "is_repeated": True,
                "starts_at": "2031-01-06T00:00:00Z", "due_at": "2031-01-31T23:59:00Z",
            },
        ),
    }  # fmt: skip

    @idempotent
    def post(self, request: Request) -> Response:
        """Plan it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        body = Body(request.data, PLAN, self.principal)
        values = dict(body.values)
        for name in ("starts_at", "due_at"):
            values[name] = instant(name, values[name])
        values["policies"] = self._named(values["policies"])
        made = plan_campaign(**values, by=self.principal.actor, at=self.at, why=body.why)
        return self.told(CAMPAIGNS, rows=AcknowledgementCampaign.objects.all(), status=201, pk=made.pk)

    def _named(self, codes: list[Any]) -> list[Any]:
        wanted = [str(code) for code in codes]
        found = {policy.code: policy for policy in covered_policies() if policy.code in wanted}
        for place, code in enumerate(wanted):
            if code not in found:
                words = _("“%(code)s” is no policy in force that people acknowledge.")
                raise Invalid.one(f"policies/{place}", "not_found", words % {"code": code[:80]})
        return list(found.values())


class _CampaignView(HubView):
    tag = "governance"
    resource = CAMPAIGNS

    def campaign(self, public_id: UUID) -> AcknowledgementCampaign:
        """A campaign that reaches the caller's lines; 404 otherwise."""
        rows: QuerySet[AcknowledgementCampaign] = campaigns_visible_to(self.principal)
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found


class CampaignDetailView(_CampaignView):
    """One campaign."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read an acknowledgement campaign")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The campaign."""
        return self.told(CAMPAIGNS, public_id=public_id)


class CampaignCancelView(_CampaignView):
    """The end of a campaign before its date."""

    permissions = {"POST": Permission.MANAGE_POLICIES}
    operations = {
        "POST": Operation(
            "Call a campaign off, for a reason",
            (Input("reason", required=True),),
            example={"reason": "Planned for the wrong year"},
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Call it off."""
        row = self.campaign(public_id)
        require(self.principal, Permission.MANAGE_POLICIES)
        body = Body(request.data, self.operations["POST"].inputs, self.principal)
        cancel_campaign(row, by=self.principal.actor, at=self.at, why=body.values["reason"])
        return self.told(CAMPAIGNS, rows=AcknowledgementCampaign.objects.all(), pk=row.pk)
