"""What people are asked to acknowledge and what they answered; whoever is signed in answers for themselves."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input, Relation
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.permissions import Door
from coe.api.base.views import HubView, ListView, Operation
from coe.enums.roles import Permission, Role
from coe.errors import NotAllowed
from coe.models import BusinessLine, RoleAssignment, User
from coe.rules.principals import Principal
from governance.enums.policies import Answer, DueCause, DueEnd
from governance.models import Acknowledgement, PolicyVersion
from governance.selectors.acknowledgements import (
    acknowledgements_visible_to,
    dues_visible_to,
    owing,
    people_answered_for,
    standing_of,
    text_for,
)
from governance.services.acknowledging import Shown, accept_policy, decline_policy, take_back_decline


def _of_people_on(lines: QuerySet[BusinessLine]) -> Q:
    """Answers of people who hold a role on these lines."""
    return Q(person__in=RoleAssignment.objects.filter(line__in=lines).values("user_id"))


def _number(major: int, minor: int) -> str:
    return f"{major}.{minor}"


ACKNOWLEDGEMENTS = Resource(
    name="Acknowledgement",
    plural="acknowledgements",
    rows=lambda principal: acknowledgements_visible_to(principal, timezone.now()),
    on_lines=_of_people_on,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/acknowledgements/{key}/"),
        Field(
            "display", ("person_name", "version__policy__code"), make=lambda name, code: f"{name} · {code}"
        ),
        person_field("person", "person"),
        Field("person_name", ("person_name",), note="As it was at the time."),
        Field("policy", ("version__policy__code",)),
        Field("version", ("version__major", "version__minor"), make=_number),
        Field("version_id", ("version__public_id",), "uuid"),
        plain("answer", choices=Answer),
        plain("reason"),
        Field("language", ("language",), note="Of the text that was shown."),
        Field("sha256", ("sha256",), note="Of the text that was shown."),
        plain("at", "datetime"),
        person_field("recorded_by", "recorded_by"),
        Field("note", ("note",), note="Of whoever recorded it for somebody else."),
        Field("campaign_id", ("campaign__public_id",), "uuid", nullable=True),
        Field(
            "withdrawn_at",
            ("withdrawn_at",),
            "datetime",
            nullable=True,
            note="When a decline was taken back.",
        ),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "person__email", fold=str.lower),
        Filter("policy", "version__policy__code", fold=str.casefold),
        Filter("answer", "answer", choices=Answer),
        Filter("at", "at", "datetime"),
        Filter("withdrawn_at", "withdrawn_at", "datetime"),
    ),
    ordering={"at": "at", "updated_at": "updated_at"},
    default=("-at",),
    description="Written once. Yours, and those of people on lines where you record answers.",
)
DUES = Resource(
    name="PolicyDue",
    plural="policy-dues",
    rows=lambda principal: dues_visible_to(principal, timezone.now()),
    line="line",
    fields=(
        Field("id", ("id",), "integer"),
        Field("display", ("person__name", "policy__code"), make=lambda name, code: f"{name} · {code}"),
        person_field("person", "person"),
        Field("policy", ("policy__code",)),
        Field("version", ("version__major", "version__minor"), make=_number),
        Field("role", ("role",), choices=Role, note="Through which the person is bound; empty: none."),
        line_field(),
        plain("cause", choices=DueCause),
        Field("campaign_id", ("campaign__public_id",), "uuid", nullable=True),
        plain("from_at", "datetime"),
        plain("due_at", "datetime"),
        plain("until_at", "datetime", nullable=True),
        Field("ended", ("ended",), choices=DueEnd, note="Why it is owed no longer; empty: it is."),
        Field("answer", ("answer",), choices=Answer, note="Empty: none yet."),
        plain("settled_at", "datetime", nullable=True),
    ),
    filters=(
        Filter("person", "person__email", fold=str.lower),
        Filter("policy", "policy__code", fold=str.casefold),
        Filter("cause", "cause", choices=DueCause),
        Filter("due_at", "due_at", "datetime"),
        Filter("from_at", "from_at", "datetime"),
        Filter("until_at", "until_at", "datetime"),
        Filter("settled_at", "settled_at", "datetime"),
    ),
    ordering={"due_at": "due_at", "from_at": "from_at"},
    default=("-from_at",),
    description="Who owed which version, from when until when, and why. Rows are opened and ended, never rewritten.",
)


def _others(principal: Principal) -> QuerySet[User]:
    people = people_answered_for(principal, timezone.now())
    return people | User.objects.filter(pk=principal.user.pk) if principal.user is not None else people


_SHOWN = (
    Input("language", required=True, note="Of the text that was read."),
    Input("sha256", required=True, note="Of that text: GET this address tells it."),
    Input("version_id", note="The version that was read; the one in force when left out."),
    Input(
        "person",
        relation=Relation("Person", _others, "email", "email", lambda text: text.strip().lower()),
        note="Somebody of your lines who answered outside of the hub; yourself when left out.",
    ),
    Input("note", note="How you know; needed for somebody else."),
)
_TEXT = {
    "type": "object",
    "properties": {
        "policy": {"type": "string"}, "version": {"type": "string"}, "version_id": {"type": "string", "format": "uuid"},
        "language": {"type": "string"}, "sha256": {"type": "string"}, "body": {"type": "string", "description": "Markdown."},
        "due_at": {"type": ["string", "null"], "format": "date-time", "description": "null: nothing is asked of you."},
        "answer": {"type": "string", "description": "What you answered; empty: nothing yet."},
    },
}  # fmt: skip
_EXAMPLE = {"language": "en", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}


class _AnswerView(HubView):
    tag = "governance"
    resource = ACKNOWLEDGEMENTS

    def in_force(self, code: str) -> PolicyVersion:
        """The version in force of a policy that people acknowledge; 404 otherwise."""
        found = (
            PolicyVersion.objects.in_force()
            .filter(policy__code=code, policy__archived_at__isnull=True, policy__is_acknowledged=True)
            .select_related("policy")
            .first()
        )
        if found is None:
            raise Http404
        return found

    def asked(self, code: str, body: Body) -> tuple[PolicyVersion, dict[str, Any]]:
        """The version that was read, and what the service takes."""
        version, values = self.in_force(code), body.values
        if "version_id" in values:
            try:
                key = UUID(values["version_id"])
            except ValueError as error:
                raise Http404 from error
            version = PolicyVersion.objects.filter(policy=version.policy, public_id=key).first()
            if version is None:
                raise Http404
        person = values.get("person") or self.principal.user
        if person is None:
            raise NotAllowed()
        return version, {
            "person": person, "shown": Shown(values["language"], values["sha256"]), "note": values.get("note", ""),
            "by": self.principal.actor, "at": self.at,
        }  # fmt: skip

    def answered(self, given: Acknowledgement) -> Response:
        """The answer; the same for the same answer twice."""
        return self.told(ACKNOWLEDGEMENTS, rows=Acknowledgement.objects.all(), pk=given.pk)


class AcknowledgeView(_AnswerView):
    """The text a person reads, and its acceptance."""

    permissions = {"GET": Door.SIGNED_IN, "POST": Door.SIGNED_IN}
    operations = {
        "GET": Operation(
            "The text to acknowledge, in your language, with its hash and what you answered",
            parameters=(("language", "string", "Another language of the text."),),
            answer=_TEXT,
        ),
        "POST": Operation("Accept the version that was read; twice is once", _SHOWN, example=_EXAMPLE),
    }

    def get(self, request: Request, code: str) -> Response:
        """The text."""
        version = self.in_force(code)
        text, _texts = text_for(
            version, language=request.query_params.get("language") or get_language() or "en"
        )
        if text is None:
            raise Http404
        person = self.principal.user
        due = owing([person]).filter(version=version).first() if person is not None else None
        given = standing_of(version, person=person) if person is not None else None
        return Response(
            {
                "policy": code, "version": version.number, "version_id": version.public_id, "language": text.language,
                "sha256": text.sha256, "body": text.body, "due_at": due.due_at if due else None,
                "answer": given.answer if given else "",
            }
        )  # fmt: skip

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Accept."""
        version, values = self.asked(code, Body(request.data, _SHOWN, self.principal))
        return self.answered(accept_policy(version, **values))


class DeclineView(_AnswerView):
    """A decline."""

    permissions = {"POST": Door.SIGNED_IN}
    operations = {
        "POST": Operation(
            "Decline the version that was read, and say why",
            (*_SHOWN, Input("reason", required=True)),
            example={**_EXAMPLE, "reason": "Clause 3 conflicts with my contract"},
        )
    }

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Decline."""
        body = Body(request.data, self.operations["POST"].inputs, self.principal)
        version, values = self.asked(code, body)
        return self.answered(decline_policy(version, reason=body.values["reason"], **values))


class AcknowledgementListView(ListView):
    """Answers."""

    resource = ACKNOWLEDGEMENTS
    tag = "governance"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {"GET": Operation("List acknowledgements", is_list=True)}


class AcknowledgementDetailView(HubView):
    """One answer."""

    resource = ACKNOWLEDGEMENTS
    tag = "governance"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {"GET": Operation("Read an acknowledgement")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The answer."""
        return self.told(ACKNOWLEDGEMENTS, public_id=public_id)


class TakeBackView(HubView):
    """A decline that is taken back."""

    resource = ACKNOWLEDGEMENTS
    tag = "governance"
    permissions = {"POST": Door.SIGNED_IN}
    operations = {"POST": Operation("Take a decline back, and owe the answer again")}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take it back; only whoever gave it can."""
        row = acknowledgements_visible_to(self.principal, self.at).filter(public_id=public_id).first()
        if row is None:
            raise Http404
        take_back_decline(row, by=self.principal.actor, at=self.at)
        return self.told(ACKNOWLEDGEMENTS, rows=Acknowledgement.objects.all(), pk=row.pk)


class DueListView(ListView):
    """Who owes what."""

    resource = DUES
    tag = "governance"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List what is owed, and was", is_list=True)}
