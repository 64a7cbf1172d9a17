"""Enrolments: those that roles cause, and those made by hand, for the people whose training records one keeps."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ANYBODY, LINE
from coe.enums.roles import Permission, Role
from coe.errors import NotAllowed
from coe.rules.principals import Principal
from coe.rules.scope import require, require_somewhere
from training.api.courses import course_field
from training.api.curricula import curriculum_field
from training.api.records import COMPLETIONS
from training.api.relations import COURSE, CURRICULUM, LEARNER, instant, learners
from training.models import Completion, Enrolment, Requirement
from training.selectors.coverage import lacking
from training.selectors.enrolments import enrolments_visible_to
from training.services.enrolments import enrol_person, withdraw_enrolment
from training.services.waivers import waive_course


def _required(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    """What each asks for, and since when it is missing (two queries)."""
    rows = Requirement.objects.filter(enrolment_id__in=keys).select_related("course").order_by("due_at", "id")
    missing = dict(lacking(timezone.now()).filter(enrolment_id__in=keys).values_list("pk", "since"))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        one = {
            "course": row.course.code,
            "due_at": missing.get(row.pk, row.due_at),
            "is_complete": row.pk not in missing,
        }
        found.setdefault(row.enrolment_id, []).append(one)
    return found


def _rows(principal: Principal) -> QuerySet[Enrolment]:
    return enrolments_visible_to(principal, timezone.now())


ENROLMENTS = Resource(
    name="Enrolment",
    plural="enrolments",
    rows=_rows,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/enrolments/{key}/"),
        Field(
            "display", ("user__name", "curriculum__code", "course__code"),
            make=lambda name, curriculum, course: f"{name} · {curriculum or course}",
        ),
        person_field("person", "user"),
        curriculum_field(),
        course_field(),
        line_field(),
        Field("role", ("assignment__role",), choices=Role, nullable=True, note="Because of which; null: by hand."),
        Field("requirements", kind="any", collect=_required, note="Courses, when each is due, and whether a valid certificate is held."),
        plain("enrolled_at", "datetime"),
        plain("withdrawn_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "user__email", fold=str.lower, relation=ANYBODY),
        Filter("curriculum", "curriculum__code_key", fold=str.casefold, relation=CURRICULUM),
        Filter("course", "course__code_key", fold=str.casefold, relation=COURSE),
        Filter("enrolled_at", "enrolled_at", "datetime"),
        Filter("withdrawn_at", "withdrawn_at", "datetime"),
    ),
    ordering={"enrolled_at": "enrolled_at", "updated_at": "updated_at"},
    default=("-enrolled_at",),
    description="Open where `withdrawn_at` is null. A role that causes one ends it too.",
)  # fmt: skip
ENROL = (
    Input("person", relation=LEARNER, required=True),
    Input("course", relation=COURSE, note="Either a course or a curriculum."),
    Input("curriculum", relation=CURRICULUM),
    Input("line", relation=LINE, note="On whose behalf. A token: its own line when left out."),
    Input("due_at", "datetime", note="When the course is due; thirty days from now, or the curriculum’s days, when left out."),
)  # fmt: skip
WAIVE = (
    Input("course", relation=COURSE, required=True),
    Input("reason", required=True, note="Why it counts as completed; it stays with the record."),
)


def require_learner(principal: Principal, user_id: int) -> None:
    """Refuse unless the caller keeps this person's training records; nobody keeps their own.

    :raises NotAllowed: they do not.
    """
    if not learners(principal).filter(pk=user_id).exists():
        raise NotAllowed()


class EnrolmentListView(ManyView):
    """Enrolments."""

    resource = ENROLMENTS
    tag = "training"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.RECORD_TRAINING,
        "DELETE": Permission.RECORD_TRAINING,
    }
    operations = {
        "GET": Operation("List enrolments", is_list=True),
        "POST": Operation(
            "Enrol one person by hand, or several, all or nothing; they are told", ENROL, status=201, takes_array=True,
            example={"person": "ada@example.com", "course": "FND"},
        ),
        "DELETE": Operation("Withdraw several enrolments made by hand, all or nothing", takes_array=True),
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page of enrolments."""
        return self.listed(ENROLMENTS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Enrol people."""
        require_somewhere(self.principal, Permission.RECORD_TRAINING)
        memo: dict[Any, Any] = {}

        def one(data: Any) -> Enrolment:
            body = Body(data, ENROL, self.principal, memo=memo)
            values = body.values
            if "line" in values:
                require(self.principal, Permission.RECORD_TRAINING, values["line"].pk)
            elif self.principal.token is not None:
                values["line"] = self.principal.token.line
            if "due_at" in values:
                values["due_at"] = instant("due_at", values["due_at"])
            person = values.pop("person")
            return enrol_person(person, **values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(ENROLMENTS, one, rows=Enrolment.objects.all(), status=201)

    def delete(self, request: Request) -> Response:
        """Withdraw enrolments."""

        def remove(enrolment: Enrolment, why: str, revision: int | None) -> Enrolment:
            require_learner(self.principal, enrolment.user_id)
            by, at = self.principal.actor, self.at
            return withdraw_enrolment(enrolment, by=by, at=at, why=why, expected_revision=revision)

        rows = _rows(self.principal).select_related("user")
        return self.remove_each(remove, rows=rows, resource=ENROLMENTS)


class _EnrolmentView(HubView):
    tag = "training"

    def enrolment(self, public_id: UUID) -> Enrolment:
        """An enrolment that the caller sees, of a person whose records they keep; 404 or 403 otherwise."""
        found = _rows(self.principal).select_related("user").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_learner(self.principal, found.user_id)
        return found


class EnrolmentDetailView(_EnrolmentView):
    """One enrolment."""

    resource = ENROLMENTS
    permissions = {"GET": Permission.VIEW, "DELETE": Permission.VIEW}
    operations = {
        "GET": Operation("Read an enrolment"),
        "DELETE": Operation("Withdraw an enrolment made by hand"),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The enrolment."""
        return self.told(ENROLMENTS, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Withdraw it; one that a role causes ends with the role."""
        row = self.enrolment(public_id)
        by, at = self.principal.actor, self.at
        withdraw_enrolment(row, by=by, at=at, expected_revision=expected_revision(request))
        return self.told(ENROLMENTS, rows=Enrolment.objects.all(), pk=row.pk)


class WaiverView(_EnrolmentView):
    """A course of an enrolment that is waived."""

    resource = COMPLETIONS
    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Let a course count as completed, for a reason; the answer is the completion", WAIVE, status=201,
            example={"course": "FND", "reason": "Held the course for two years"},
        )
    }  # fmt: skip

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Waive the course."""
        row = self.enrolment(public_id)
        body = Body(request.data, WAIVE, self.principal)
        made = waive_course(
            row,
            course=body.values["course"],
            reason=body.values["reason"],
            by=self.principal.actor,
            at=self.at,
        )
        return self.told(COMPLETIONS, rows=Completion.objects.all(), status=201, pk=made.pk)
