"""Findings over the API: report, judge, act, take in, evidence."""

from typing import Any
from uuid import UUID

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input, Relation
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, account_brief, brief, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE, PERSON, PLATFORM
from coe.enums.roles import Permission
from coe.rules.scope import accounts_in_scope, require
from governance.enums.discovery import EvidenceKind, FindingAction, FindingKind, FindingState
from governance.models import Finding, FindingEvidence
from governance.rules.discovery import require_report
from governance.selectors.discovery import findings_visible_to, sweeps_visible_to
from governance.services.evidence import add_evidence
from governance.services.findings import adopt_finding, judge_finding, move_finding, report_finding
from training.api.relations import instant

ACCOUNT = Relation(
    "Account", accounts_in_scope, "handle", "handle_key", lambda text: text.lstrip("@").casefold()
)
SWEEP = Relation("Sweep", sweeps_visible_to, "name", "name")
FINDINGS = Resource(
    name="Finding",
    plural="findings",
    rows=findings_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/findings/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/discovery/{key}/"),
        Field("display", ("handle",)),
        Field("platform", ("platform__code",)),
        plain("handle"),
        Field("profile_url", ("url",), "string", note="As it was reported."),
        plain("display_name"),
        plain("kind", choices=FindingKind),
        plain("state", choices=FindingState),
        line_field(),
        brief("account", "AccountBrief", account_brief, ("public_id", "handle", "platform__code")),
        Field("sweep", ("sweep__public_id",), "uuid", nullable=True),
        plain("description"),
        plain("found_at", "datetime"),
        person_field("found_by"),
        person_field("assignee"),
        plain("triaged_at", "datetime", nullable=True),
        plain("judgement"),
        plain("takedown_reference"),
        plain("takedown_asked_at", "datetime", nullable=True),
        plain("takedown_due_at", "datetime", nullable=True),
        plain("settled_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("platform", "platform__code"),
        Filter("kind", "kind", choices=FindingKind),
        Filter("state", "state", choices=FindingState),
        Filter("sweep", "sweep__public_id", "uuid"),
        Filter("found_at", "found_at", "datetime"),
        Filter("triaged_at", "triaged_at", "datetime"),
    ),
    ordering={"found_at": "found_at", "updated_at": "updated_at"},
    default=("-found_at", "-pk"),
    description="Accounts found outside the register, on your lines or reported by you.",
)
EVIDENCE = Resource(
    name="FindingEvidence",
    plural="finding-evidence",
    rows=lambda principal: FindingEvidence.objects.filter(finding__in=findings_visible_to(principal)),
    line="finding__line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("finding__public_id",), "uri", lambda key: f"/api/v1/findings/{key}/evidence/"),
        Field("display", ("kind",)),
        plain("kind", choices=EvidenceKind),
        plain("text"),
        Field("link", ("url",)),
        plain("file_name"),
        plain("file_type"),
        plain("file_size", "integer"),
        plain("sha256"),
        Field(
            "file_url",
            ("finding__public_id", "public_id", "file_name"),
            make=lambda finding, key, name: f"/discovery/{finding}/evidence/{key}/" if name else "",
        ),
        person_field("added_by"),
        plain("at", "datetime"),
        plain("revision", "integer"),
    ),
    default=("at", "pk"),
    description="What proves a finding. Files are added on its page, and sent as attachments to people who are logged in.",
)
REPORT = (
    Input("url", note="The profile's address; or platform and handle."),
    Input("platform", relation=PLATFORM),
    Input("handle"),
    Input("display_name"),
    Input("description"),
    Input("line", relation=LINE, nullable=True),
    Input("sweep", relation=SWEEP, nullable=True),
    Input("found_at", "datetime", note="Now when left out."),
)
JUDGE = (
    Input("kind", required=True, choices=FindingKind),
    Input("judgement", required=True, note="What makes it so."),
    Input("line", relation=LINE, nullable=True),
    Input("assignee", relation=PERSON, nullable=True),
)
ACT = (
    Input("action", required=True, choices=FindingAction),
    Input("reference", note="Of the request to the platform."),
    Input("ask_again_at", "datetime"),
    Input("reason", note="Needed to close and to open again."),
)
ADOPT = (
    Input("line", relation=LINE, nullable=True, note="Gets a requested account."),
    Input(
        "account", relation=ACCOUNT, nullable=True, note="Or the account of the register it turned out to be."
    ),
)
ADD = (Input("text"), Input("url", note="A link."))


class _FindingView(HubView):
    resource = FINDINGS
    tag = "discovery"

    def finding(self, public_id: UUID) -> Finding:
        """A finding the caller sees; 404 otherwise."""
        rows = findings_visible_to(self.principal).select_related("platform", "line")
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def shown(self, finding: Finding) -> Response:
        """The finding as it is now."""
        return self.told(FINDINGS, rows=Finding.objects.all(), pk=finding.pk)


class FindingListView(_FindingView):
    """Findings."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.REPORT_FINDING}
    operations = {
        "GET": Operation("List findings", is_list=True),
        "POST": Operation(
            "Report one account, or several, all or nothing",
            REPORT,
            status=201,
            takes_array=True,
            example={"url": "https://x.com/not_really_us", "description": "Uses our logo"},
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of findings."""
        return self.listed(FINDINGS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Report; what the register holds, or what was found already, is refused with the way there."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> Finding:
            body = Body(data, REPORT, self.principal, memo=memo)
            values = body.values
            if values.get("line") is None and self.principal.token is not None:
                values["line"] = self.principal.token.line
            line = values.get("line")
            require_report(self.principal, line.pk if line else None)
            if "found_at" in values:
                values["found_at"] = instant("found_at", values["found_at"])
            return report_finding(
                **values, found_by=self.principal.user, by=self.principal.actor, at=self.at, why=body.why
            )

        return self.write_one_or_many(FINDINGS, one, rows=Finding.objects.all(), status=201)


class FindingDetailView(_FindingView):
    """One finding."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a finding")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The finding."""
        return self.told(FINDINGS, public_id=public_id)


class JudgeView(_FindingView):
    """Say what it is."""

    permissions = {"POST": Permission.RUN_DISCOVERY}
    operations = {
        "POST": Operation(
            "Say what a found account is",
            JUDGE,
            example={"kind": "impostor", "judgement": "Asks followers for passwords"},
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Judge it."""
        finding = self.finding(public_id)
        require(self.principal, Permission.RUN_DISCOVERY)
        body = Body(request.data, JUDGE, self.principal)
        judged = judge_finding(
            finding,
            **body.values,
            person=self.principal.user,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(judged)


class FindingActionView(_FindingView):
    """Take-down, closing, opening again."""

    permissions = {"POST": Permission.RUN_DISCOVERY}
    operations = {
        "POST": Operation(
            "Ask for take-down, note it, close, or open again",
            ACT,
            example={"action": "take_down", "reference": "CASE-1"},
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Move it."""
        finding = self.finding(public_id)
        require(self.principal, Permission.RUN_DISCOVERY)
        body = Body(request.data, ACT, self.principal)
        values = body.values
        again = values.pop("ask_again_at", None)
        moved = move_finding(
            finding,
            action=values["action"],
            reference=values.get("reference", ""),
            ask_again_at=instant("ask_again_at", again) if again else None,
            why=values.get("reason") or body.why,
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return self.shown(moved)


class AdoptView(_FindingView):
    """Into the register."""

    permissions = {"POST": Permission.RUN_DISCOVERY}
    operations = {"POST": Operation("Take a found account into the register", ADOPT, example={"line": "EU"})}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take it in."""
        finding = self.finding(public_id)
        require(self.principal, Permission.RUN_DISCOVERY)
        body = Body(request.data, ADOPT, self.principal)
        done = adopt_finding(
            finding,
            **body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(done)


class EvidenceView(_FindingView):
    """What proves it."""

    resource = EVIDENCE
    permissions = {"GET": Permission.VIEW, "POST": Permission.REPORT_FINDING}
    operations = {
        "GET": Operation("What is kept of a finding", is_list=True),
        "POST": Operation(
            "Add a link or a note", ADD, status=201, example={"text": "Seen in an advertisement"}
        ),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """A page of evidence."""
        finding = self.finding(public_id)
        return self.listed(EVIDENCE, keep=lambda rows: rows.filter(finding=finding))

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Add to it."""
        finding = self.finding(public_id)
        body = Body(request.data, ADD, self.principal)
        row = add_evidence(
            finding,
            **body.values,
            person=self.principal.user,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
        )
        return self.told(EVIDENCE, rows=FindingEvidence.objects.all(), status=201, pk=row.pk)
