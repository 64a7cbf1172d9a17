"""Access to accounts: grants, the rules that ask for a course, and which course teaches which policy."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextChoices
from django.http import Http404
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, account_brief, brief, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import PLATFORM
from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.models import BusinessLine, SocialAccount
from coe.rules.scope import require
from governance.api.exceptions import ACCOUNT, EXCUSED, POLICY
from governance.enums.access import AccessLevel, GrantBasis, GrantState, RevokeCause
from governance.models import AccessGrant, AccessRule, PolicyCourse
from governance.rules.access import may_grant
from governance.selectors.access import grants_visible_to
from governance.selectors.exceptions import policies_to_except
from governance.selectors.policies import owed_on
from governance.services import grants as services
from governance.services.access_rules import end_rule, make_rule
from governance.services.grant_reviews import confirm_review, review_grant
from governance.services.policy_courses import stop_teaching, teach_policy
from training.api.courses import course_field
from training.api.relations import COURSE, instant

GRANTS = Resource(
    name="AccessGrant",
    plural="access-grants",
    rows=grants_visible_to,
    line="account__line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/access-grants/{key}/"),
        Field("web_url", ("account__public_id",), "uri", lambda key: f"/accounts/{key}/access/"),
        Field(
            "display", ("person__name", "account__handle", "level"),
            make=lambda name, handle, level: f"{name} · {handle} · {level}",
        ),
        person_field("person"),
        brief("account", "AccountBrief", account_brief, ("public_id", "handle", "platform__code")),
        line_field("line", "account__line"),
        plain("level", choices=AccessLevel),
        plain("state", choices=GrantState),
        plain("why"),
        person_field("requested_by"),
        plain("requested_at", "datetime"),
        person_field("granted_by"),
        plain("granted_at", "datetime", nullable=True),
        plain("basis", choices=GrantBasis),
        plain("valid_until", "datetime", nullable=True),
        plain("review_due_at", "datetime", nullable=True),
        plain("reviewed_at", "datetime", nullable=True),
        plain("revoke_cause", choices=RevokeCause),
        plain("revoke_due_at", "datetime", nullable=True),
        plain("revoked_at", "datetime", nullable=True),
        person_field("revoked_by"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "person__email", fold=str.lower),
        Filter("account", "account__public_id", "uuid"),
        Filter("level", "level", choices=AccessLevel),
        Filter("state", "state", choices=GrantState),
        Filter("revoke_due_at", "revoke_due_at", "datetime"),
        Filter("review_due_at", "review_due_at", "datetime"),
    ),
    ordering={"requested_at": "requested_at", "updated_at": "updated_at"},
    default=("-requested_at", "-pk"),
    description="Who gets into which account of your lines, and your own: given by whom, resting on what, confirmed when.",
)  # fmt: skip


def _accounts(lines: QuerySet[BusinessLine]) -> QuerySet[SocialAccount]:
    return SocialAccount.objects.registered().filter(line__in=lines).order_by()


RULES = Resource(
    name="AccessRule",
    plural="access-rules",
    rows=lambda principal: AccessRule.objects.filter(ended_at__isnull=True),
    # The rules that accounts of these lines can meet.
    on_lines=lambda lines: (
        (Q(platform__isnull=True) | Q(platform_id__in=_accounts(lines).values("platform_id")))
        & (Q(tier__isnull=True) | Q(tier__in=_accounts(lines).values("tier")))
    ),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/access-rules/{key}/"),
        Field("display", ("level", "course__code"), make=lambda level, code: f"{level} · {code}"),
        plain("level", choices=AccessLevel),
        course_field(),
        Field("platform", ("platform__code",), nullable=True),
        plain("tier", "integer", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("level", "level", choices=AccessLevel),),
    default=("level", "pk"),
    description="Which course a level of access needs.",
)
TAUGHT = Resource(
    name="PolicyCourse",
    plural="policy-courses",
    rows=lambda principal: PolicyCourse.objects.filter(
        ended_at__isnull=True, policy__in=policies_to_except()
    ),
    on_lines=lambda lines: Q(policy_id__in=owed_on(lines).values("policy_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/policy-courses/{key}/"),
        Field(
            "display", ("policy__code", "course__code"), make=lambda policy, course: f"{policy} · {course}"
        ),
        Field("policy", ("policy__code",)),
        course_field(),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("policy", "policy__code", fold=str.casefold),
        Filter("course", "course__code_key", fold=str.casefold),
    ),
    default=("policy__code", "pk"),
    description="Which course teaches which policy.",
)
ASK = (
    Input("person", relation=EXCUSED, required=True),
    Input("account", relation=ACCOUNT, required=True),
    Input("level", choices=AccessLevel, required=True),
    Input("why"),
    Input("valid_until", "datetime", nullable=True, note="The agreed end, with its zone; null: none."),
)


class Step(TextChoices):
    """What may be done with a grant."""

    GRANT = "grant", gettext_lazy("Give")
    REFUSE = "refuse", gettext_lazy("Refuse")
    ASK_BACK = "ask_back", gettext_lazy("Take back")
    REVOKED = "revoked", gettext_lazy("Revoked on the platform")
    KEEP = "keep", gettext_lazy("Keep")
    REVOKE = "revoke", gettext_lazy("Do not keep")
    CONFIRM = "confirm", gettext_lazy("Confirm as the second person")


STEP = (Input("action", choices=Step, required=True), Input("note"))
RULE = (
    Input("level", choices=AccessLevel, required=True),
    Input("course", relation=COURSE, required=True),
    Input("platform", relation=PLATFORM, nullable=True),
    Input("tier", "integer", nullable=True),
)
TEACH = (Input("policy", relation=POLICY, required=True), Input("course", relation=COURSE, required=True))


class GrantListView(ListView):
    """Grants."""

    resource = GRANTS
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "POST": Permission.VIEW}
    operations = {
        "GET": Operation("List access to accounts", is_list=True),
        "POST": Operation(
            "Ask for access, or give it where one may; 422 names the course that is missing",
            ASK,
            status=201,
            takes_array=True,
        ),
    }

    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for one or several, all or nothing."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> AccessGrant:
            body = Body(data, ASK, self.principal, memo=memo)
            values = dict(body.values)
            if values.get("valid_until"):
                values["valid_until"] = instant("valid_until", values["valid_until"])
            return services.request_access(**values, by=self.principal.actor, at=self.at)

        return self.write_one_or_many(GRANTS, one, rows=AccessGrant.objects.all(), status=201)


class _GrantView(HubView):
    resource = GRANTS
    tag = "governance"

    def grant(self, public_id: UUID) -> AccessGrant:
        """One the caller sees; 404 otherwise."""
        found = (
            grants_visible_to(self.principal)
            .select_related("account", "person")
            .filter(public_id=public_id)
            .first()
        )
        if found is None:
            raise Http404
        return found


class GrantDetailView(_GrantView):
    """One grant."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read an access grant")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The grant."""
        return self.told(GRANTS, public_id=public_id)


class GrantTransitionView(_GrantView):
    """The moves of a grant's life."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Give, refuse, take back, confirm or re-certify access; the highest level takes two people", STEP,
            example={"action": "keep", "note": "Still on the team"},
        )
    }  # fmt: skip

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Move it; 403 where a second person is needed, 409 when its state does not allow it."""
        row = self.grant(public_id)
        body = Body(request.data, STEP, self.principal)
        action, note = Step(body.values["action"]), body.values.get("note", "")
        said: dict[str, Any] = {"by": self.principal.actor, "at": self.at}
        match action:
            case Step.GRANT:
                services.grant_access(row, why=note, expected_revision=expected_revision(request), **said)
            case Step.REFUSE:
                services.refuse_access(row, note=note, **said)
            case Step.REVOKED:
                services.confirm_revoked(row, note=note, **said)
            case Step.ASK_BACK:
                if not may_grant(self.principal, row.account):
                    raise NotAllowed()
                services.ask_back([row], cause=RevokeCause.ASKED, note=note, **said)
            case Step.CONFIRM:
                confirm_review(row.reviews.order_by("-at", "-id").first() or _nothing(), note=note, **said)
            case _:
                review_grant(row, outcome=action.value, note=note, **said)
        return self.told(GRANTS, rows=AccessGrant.objects.all(), pk=row.pk)


def _nothing() -> Any:
    raise Http404


class _EndView(HubView):
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "DELETE": Permission.MANAGE_POLICIES}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The record."""
        return self.told(self.resource, public_id=public_id)

    def found(self, public_id: UUID) -> Any:
        """The record; 404 otherwise."""
        require(self.principal, Permission.MANAGE_POLICIES)
        row = self.resource.rows(self.principal).filter(public_id=public_id).first()
        if row is None:
            raise Http404
        return row


class RuleListView(ListView):
    """Access rules."""

    resource = RULES
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("List which course a level of access needs", is_list=True),
        "POST": Operation(
            "Make a level need a course",
            RULE,
            status=201,
            example={"level": "publisher", "course": "FND", "tier": 1},
        ),
    }

    @idempotent
    def post(self, request: Request) -> Response:
        """Make a rule."""
        require(self.principal, Permission.MANAGE_POLICIES)
        body = Body(request.data, RULE, self.principal)
        row = make_rule(**body.values, by=self.principal.actor, at=self.at, why=body.why)
        return self.told(RULES, status=201, pk=row.pk)


class RuleDetailView(_EndView):
    """One access rule."""

    resource = RULES
    operations = {
        "GET": Operation("Read an access rule"),
        "DELETE": Operation("End an access rule", status=204),
    }

    def delete(self, request: Request, public_id: UUID) -> Response:
        """End it."""
        end_rule(
            self.found(public_id),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return Response(status=204)


class TaughtListView(ListView):
    """Courses of policies."""

    resource = TAUGHT
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("List which course teaches which policy", is_list=True),
        "POST": Operation(
            "Say that a course teaches a policy",
            TEACH,
            status=201,
            example={"policy": "employee-use", "course": "FND"},
        ),
    }

    @idempotent
    def post(self, request: Request) -> Response:
        """Name a course."""
        require(self.principal, Permission.MANAGE_POLICIES)
        body = Body(request.data, TEACH, self.principal)
        row = teach_policy(
            body.values["policy"],
            course=body.values["course"],
            by=self.principal.actor,
            at=self.at,
            why=body.why,
        )
        return self.told(TAUGHT, status=201, pk=row.pk)


class TaughtDetailView(_EndView):
    """One course of a policy."""

    resource = TAUGHT
    operations = {
        "GET": Operation("Read a course of a policy"),
        "DELETE": Operation("Say that the course teaches the policy no longer", status=204),
    }

    def delete(self, request: Request, public_id: UUID) -> Response:
        """End it."""
        stop_teaching(
            self.found(public_id),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return Response(status=204)
