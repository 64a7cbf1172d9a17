"""Exceptions: asked for, decided, ended; each decision is bound to what the approver read."""

from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input, Relation
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, account_brief, brief, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import LINE, PERSON
from coe.enums.roles import Permission
from coe.errors import Invalid, NotAllowed
from coe.models import User
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope
from governance.enums.exceptions import ExceptionState, ExceptionSubject
from governance.models import PolicyException
from governance.rules.exceptions import may_withdraw, require_request
from governance.selectors.exceptions import deciders, exceptions_visible_to, policies_to_except
from governance.services import exceptions as services
from training.api.courses import course_field
from training.api.relations import COURSE, instant

ACCOUNT = Relation(
    "Account", lambda principal: accounts_in_scope(principal).select_related("line"), "id", "public_id"
)
POLICY = Relation(
    "Policy", lambda principal: policies_to_except(), "code", "code", lambda text: text.strip().casefold()
)


def _excused(principal: Principal) -> Any:
    """Whom one may ask for: people one may name, and oneself."""
    people = PERSON.rows(principal)
    return people | User.objects.filter(pk=principal.user.pk) if principal.user else people


APPROVER = Relation(
    "Approver",
    lambda principal: deciders(timezone.now()),
    "email",
    "email",
    lambda text: text.strip().lower(),
)
EXCUSED = Relation("Excused", _excused, "email", "email", lambda text: text.strip().lower())
EXCEPTIONS = Resource(
    name="Exception",
    plural="exceptions",
    rows=exceptions_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/exceptions/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/exceptions/{key}/"),
        Field("display", ("title",)),
        plain("title"),
        plain("subject", choices=ExceptionSubject),
        line_field(),
        person_field("person"),
        Field("policy", ("policy__code",), nullable=True),
        Field(
            "version",
            ("version__major", "version__minor"),
            make=lambda major, minor: None if major is None else f"{major}.{minor}",
            nullable=True,
            note="Of the policy, under which it was asked for or decided.",
        ),
        plain("clause"),
        plain("criterion"),
        brief("account", "AccountBrief", account_brief, ("public_id", "handle", "platform__code")),
        course_field(),
        plain("reason"),
        plain("compensating_control"),
        plain("state", choices=ExceptionState),
        person_field("requester"),
        plain("requested_at", "datetime"),
        person_field("approver"),
        plain("decided_at", "datetime", nullable=True),
        plain("decision_note"),
        plain("starts_at", "datetime", nullable=True),
        plain("expires_at", "datetime"),
        plain("ended_at", "datetime", nullable=True),
        plain("end_note"),
        Field("extends", ("extends__public_id",), "uuid", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("state", "state", choices=ExceptionState),
        Filter("subject", "subject", choices=ExceptionSubject),
        Filter("policy", "policy__code", fold=str.casefold),
        Filter("criterion", "criterion"),
        Filter("course", "course__code_key", fold=str.casefold),
        Filter("requester", "requester__email", fold=str.lower),
        Filter("approver", "approver__email", fold=str.lower),
        Filter("expires_at", "expires_at", "datetime"),
        Filter("requested_at", "requested_at", "datetime"),
    ),
    ordering={"requested_at": "requested_at", "expires_at": "expires_at", "updated_at": "updated_at"},
    default=("-requested_at", "-pk"),
    description="Exceptions of your lines, and those you asked for, decide, or are excused by: who, why, until when.",
)
ASK = (
    Input("subject", choices=ExceptionSubject, required=True),
    Input("title", required=True),
    Input(
        "line",
        relation=LINE,
        nullable=True,
        note="null: the whole company. Of an account: its line, whatever is sent.",
    ),
    Input("person", relation=EXCUSED, nullable=True, note="null: everybody of the line."),
    Input("policy", relation=POLICY, nullable=True),
    Input("clause"),
    Input("criterion", note="Code of a criterion of the published rubric."),
    Input("account", relation=ACCOUNT, nullable=True),
    Input("course", relation=COURSE, nullable=True),
    Input("reason", required=True),
    Input("compensating_control", required=True, note="What protects the company meanwhile."),
    Input("expires_at", "datetime", required=True, note="With its zone; 422 names the longest allowed day."),
    Input(
        "approver",
        relation=APPROVER,
        nullable=True,
        note="Somebody else who may decide exceptions; null: who takes it up.",
    ),
)
EDIT = (Input("title"), Input("reason"), Input("compensating_control"), Input("expires_at", "datetime"))


class Step(TextChoices):
    """What may be done with an exception."""

    TAKE_UP = "take_up", gettext_lazy("Take up for review")
    APPROVE = "approve", gettext_lazy("Approve")
    REJECT = "reject", gettext_lazy("Reject")
    WITHDRAW = "withdraw", gettext_lazy("Withdraw")
    REVOKE = "revoke", gettext_lazy("Revoke")
    CLOSE = "close", gettext_lazy("Close")


STEP = (
    Input("action", choices=Step, required=True),
    Input("note", note="Why; needed to reject and to revoke."),
    Input("revision", "integer", note="Of what you read (or If-Match); needed to approve and to reject."),
)
EXTEND = (
    Input("expires_at", "datetime", required=True),
    Input("reason", required=True),
    Input("compensating_control", required=True),
    Input("approver", relation=APPROVER, nullable=True),
)


def _values(body: Body) -> dict[str, Any]:
    values = dict(body.values)
    if "expires_at" in values:
        values["expires_at"] = instant("expires_at", values["expires_at"])
    return values


class _ExceptionView(HubView):
    resource = EXCEPTIONS
    tag = "governance"

    def exception(self, public_id: UUID) -> PolicyException:
        """One the caller sees; 404 otherwise."""
        found = exceptions_visible_to(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def own(self, public_id: UUID) -> PolicyException:
        """One the caller may change, withdraw, extend or close."""
        found = self.exception(public_id)
        if not may_withdraw(self.principal, found):
            raise NotAllowed()
        return found

    def shown(self, row: PolicyException, status: int = 200) -> Response:
        """The exception as it is now."""
        return self.told(EXCEPTIONS, rows=PolicyException.objects.all(), status=status, pk=row.pk)


class ExceptionListView(ListView):
    """Exceptions."""

    resource = EXCEPTIONS
    tag = "governance"
    permissions = {"GET": Permission.VIEW, "POST": Permission.VIEW}
    operations = {
        "GET": Operation("List exceptions", is_list=True),
        "POST": Operation(
            "Ask for one exception, or several, all or nothing",
            ASK,
            status=201,
            takes_array=True,
            example={
                "subject": "criterion", "criterion": "GOV-C2", "line": "EU", "title": "No retention policy before the merger",
                "reason": "The archive moves in March.", "compensating_control": "Weekly exports to the legal archive.",
                "expires_at": "2031-03-31T18:00:00+01:00",
            },
        ),
    }  # fmt: skip

    @idempotent
    def post(self, request: Request) -> Response:
        """Ask for exceptions; nothing is excused before somebody else has approved."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> PolicyException:
            body = Body(data, ASK, self.principal, memo=memo)
            values = _values(body)
            account = values.get("account")
            line = account.line if account else values.get("line")
            require_request(self.principal, line=line, person=values.get("person"))
            return services.request_exception(**values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(EXCEPTIONS, one, rows=PolicyException.objects.all(), status=201)


class ExceptionDetailView(_ExceptionView):
    """One exception."""

    permissions = {"GET": Permission.VIEW, "PATCH": Permission.VIEW}
    operations = {
        "GET": Operation("Read an exception"),
        "PATCH": Operation(
            "Change what is asked for while nobody has decided", EDIT, example={"title": "Shorter"}
        ),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The exception."""
        return self.told(EXCEPTIONS, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change it; whoever decides has to read it again."""
        row = self.own(public_id)
        body = Body(request.data, EDIT, self.principal, partial=True)
        edited = services.edit_exception(
            row, changes=_values(body), by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.shown(edited)


class ExceptionTransitionView(_ExceptionView):
    """The moves of an exception's life."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Take up, approve, reject, withdraw, revoke or close an exception; nobody decides about their own",
            STEP,
            example={"action": "withdraw", "note": "No longer needed"},
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Move it. 403 for one's own; 412 when it was changed since it was read; 409 when its state does not allow it."""
        found = self.exception(public_id)
        body = Body(request.data, STEP, self.principal)
        action, note = Step(body.values["action"]), body.values.get("note", "")
        revision = body.values.get("revision", expected_revision(request))
        said: dict[str, Any] = {"by": self.principal.actor, "at": self.at, "expected_revision": revision}
        if action in (Step.WITHDRAW, Step.CLOSE):
            row = self.own(public_id)
            if action == Step.WITHDRAW:
                return self.shown(services.withdraw_exception(row, why=note or body.why, **said))
            return self.shown(services.close_exception(row, note=note or body.why, **said))
        if action == Step.TAKE_UP:
            return self.shown(services.take_up(found, why=note or body.why, **said))
        if action == Step.REVOKE:
            return self.shown(services.revoke_exception(found, note=note, **said))
        if revision is None:
            message = _(
                "Say the revision you read, as `revision` or If-Match: a decision is about what was read."
            )
            raise Invalid.one("revision", "required", message)
        decide = services.approve_exception if action == Step.APPROVE else services.reject_exception
        return self.shown(decide(found, note=note, **said))


class ExceptionExtendView(_ExceptionView):
    """A longer exception."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Ask for an extension: a new exception that names this one and is reviewed like any other",
            EXTEND,
            status=201,
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Ask for it; 409 when an extension waits already."""
        row = self.own(public_id)
        body = Body(request.data, EXTEND, self.principal)
        longer = services.extend_exception(
            row, **_values(body), by=self.principal.actor, at=self.at, why=body.why
        )
        return self.shown(longer, status=201)
