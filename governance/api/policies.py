"""Policies: read by everybody who is signed in, written by whoever keeps them. Their words: `governance.api.policy_versions`."""

from typing import Any

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import PERSON
from coe.enums.roles import Permission
from coe.rules.scope import require
from governance.enums.policies import PolicyType
from governance.models import Policy, PolicyVersion
from governance.rules.policies import require_renewal
from governance.selectors.policies import owed_on, policies_visible_to
from governance.services.policies import archive_policy, create_policy, edit_policy, restore_policy
from governance.services.reviews import renew_policy
from training.models.texts import read


def _in_force(keys: list[int]) -> dict[int, dict[str, Any]]:
    rows = PolicyVersion.objects.in_force().filter(policy_id__in=keys)
    return {
        row.policy_id: {"number": row.number, "published_at": row.published_at, "sha256": row.sha256}
        for row in rows
    }


POLICIES = Resource(
    name="Policy",
    plural="policies",
    rows=policies_visible_to,
    # The policies that people of these lines are bound by today.
    on_lines=lambda lines: Q(pk__in=owed_on(lines).values("policy_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/policies/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/policies/{code}/"),
        Field("display", ("titles", "code"), make=lambda titles, code: read(titles) or code),
        plain("code"),
        plain("type", choices=PolicyType),
        plain("titles", "object"),
        plain("summaries", "object"),
        person_field("owner"),
        plain("review_months", "integer"),
        plain("grace_days", "integer"),
        plain("exception_days", "integer"),
        plain("quorum", "integer"),
        plain("is_acknowledged", "boolean"),
        plain("is_public", "boolean"),
        plain("last_reviewed_on", "date", nullable=True),
        plain("next_review_on", "date", nullable=True),
        plain("archived_at", "datetime", nullable=True),
        Field(
            "version",
            kind="any",
            collect=_in_force,
            note="The version in force; an empty list when there is none.",
        ),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("code", "code", fold=str.casefold),
        Filter("type", "type", choices=PolicyType),
        Filter("archived_at", "archived_at", "datetime"),
        Filter("next_review_on", "next_review_on", "date"),
    ),
    ordering={"code": "code", "next_review_on": "next_review_on", "updated_at": "updated_at"},
    default=("code",),
    search=lambda words: Q(code__icontains=words) | Q(titles__icontains=words),
    description="What the company asks of its people.",
)
_WORDS = (
    Input("type", choices=PolicyType),
    Input("titles", "object", note='By language: {"en": "…", "fr": "…"}.'),
    Input("summaries", "object", note="By language, Markdown."),
    Input("owner", relation=PERSON, nullable=True),
    Input("review_months", "integer", note="1 to 24."),
    Input("grace_days", "integer", note="Days to acknowledge, 0 to 365."),
    Input("exception_days", "integer", note="1 to 366."),
    Input("quorum", "integer", note="Approvals needed, 1 to 20."),
    Input("is_acknowledged", "boolean"),
    Input("is_public", "boolean"),
)
CREATE = (
    Input("code", required=True),
    Input("type", choices=PolicyType, required=True),
    Input("titles", "object", required=True),
    *_WORDS[2:],
)
EXAMPLE = {
    "code": "moderation",
    "type": "moderation",
    "titles": {"en": "Moderation", "fr": "Modération"},
    "review_months": 12,
    "quorum": 1,
}


class PolicyView(HubView):
    """What the views of policies share."""

    resource = POLICIES
    tag = "policies"

    def policy(self, code: str) -> Policy:
        """The policy of a code that the caller may see; 404 otherwise."""
        found = policies_visible_to(self.principal).filter(code=code.casefold()).first()
        if found is None:
            raise Http404
        return found

    def told_by(self, body: Body) -> dict[str, Any]:
        """Who writes, when and why."""
        return {"by": self.principal.actor, "at": self.at, "why": body.why}


class PolicyListView(PolicyView):
    """Policies."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("List policies", is_list=True),
        "POST": Operation("Add a policy without words; its first version is drafted next", CREATE, status=201, example=EXAMPLE),
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page of policies."""
        return self.listed(POLICIES)

    @idempotent
    def post(self, request: Request) -> Response:
        """Add a policy."""
        require(self.principal, Permission.MANAGE_POLICIES)
        body = Body(request.data, CREATE, self.principal)
        made = create_policy(**body.values, **self.told_by(body))
        return self.told(POLICIES, status=201, pk=made.pk)


class PolicyDetailView(PolicyView):
    """One policy."""

    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_POLICIES,
        "DELETE": Permission.MANAGE_POLICIES,
    }
    operations = {
        "GET": Operation("Read a policy"),
        "PATCH": Operation("Edit what is said about a policy", _WORDS, example={"review_months": 6}),
        "DELETE": Operation("Archive a policy, for a reason; what people acknowledged stays on record"),
    }

    def get(self, request: Request, code: str) -> Response:
        """The policy."""
        return self.told(POLICIES, code=code.casefold())

    def patch(self, request: Request, code: str) -> Response:
        """Change it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        policy = self.policy(code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        edit_policy(
            policy, changes=body.values, expected_revision=expected_revision(request), **self.told_by(body)
        )
        return self.told(POLICIES, pk=policy.pk)

    def delete(self, request: Request, code: str) -> Response:
        """Archive it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        policy, body = self.policy(code), Body(request.data or {}, (), self.principal)
        archive_policy(policy, expected_revision=expected_revision(request), **self.told_by(body))
        return self.told(POLICIES, pk=policy.pk)


class PolicyRestoreView(PolicyView):
    """The way back of an archived policy."""

    permissions = {"POST": Permission.MANAGE_POLICIES}
    operations = {"POST": Operation("Bring an archived policy back as it was")}

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Restore it."""
        require(self.principal, Permission.MANAGE_POLICIES)
        policy, body = self.policy(code), Body(request.data or {}, (), self.principal)
        restore_policy(policy, expected_revision=expected_revision(request), **self.told_by(body))
        return self.told(POLICIES, pk=policy.pk)


class PolicyRenewView(PolicyView):
    """The review of a policy that needs no change: by its owner, or who writes policies."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation("Say, with a change message, that a policy was looked at and needs no change")
    }

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Note the review."""
        policy, body = self.policy(code), Body(request.data or {}, (), self.principal)
        require_renewal(self.principal, policy)
        renew_policy(policy, expected_revision=expected_revision(request), **self.told_by(body))
        return self.told(POLICIES, pk=policy.pk)
