"""What people completed and hold, and the sessions they may attend. Completions are pushed here by systems that speak no xAPI."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import MOST_AT_ONCE, Body, Input, Refused, Relation
from coe.api.base.fields import Field, Filter, Resource, brief, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid, Problem
from coe.models import BusinessLine, RoleAssignment
from coe.rules.scope import offered_to, require, trained_by
from training.api.courses import course_brief
from training.enums.training import CompletionSource
from training.models import Completion, Course, Session
from training.selectors.certificates import certificates_visible_to, completions_visible_to
from training.selectors.versions import version_at, versions_of
from training.services.completions import Finished, record_completions


def _course_field(source: str = "course") -> Field:
    return brief("course", "CourseBrief", course_brief, ("public_id", "code", "titles"), source)


def _percent(score: int | None) -> str | None:
    return None if score is None else f"{score // 100}.{score % 100:02d}"


def _of_people_on(lines: QuerySet[BusinessLine]) -> Q:
    """Records of people who hold a role on these lines."""
    return Q(user__in=RoleAssignment.objects.filter(line__in=lines).values("user_id"))


COMPLETIONS = Resource(
    name="Completion",
    plural="completions",
    rows=lambda principal: completions_visible_to(principal, timezone.now()),
    on_lines=_of_people_on,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/completions/{key}/"),
        Field("display", ("user__name", "course__code"), make=lambda name, code: f"{name} · {code}"),
        person_field("person", "user"),
        _course_field(),
        Field("version", ("version__number",), "integer"),
        Field("completed_at", ("achieved_at",), "datetime"),
        plain("source", choices=CompletionSource),
        Field("score", ("score",), "number", _percent, nullable=True, note="Per cent."),
        plain("evidence"),
        Field("expires_at", ("certificate__expires_at",), "datetime", nullable=True),
        plain("voided_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "user__email", fold=str.lower),
        Filter("course", "course__code_key", fold=str.casefold),
        Filter("source", "source", choices=CompletionSource),
        Filter("completed_at", "achieved_at", "datetime"),
        Filter("voided_at", "voided_at", "datetime"),
    ),
    ordering={"completed_at": "achieved_at", "updated_at": "updated_at"},
    default=("-achieved_at",),
    description="Who completed what, of people whose training you keep (a token: with training:write).",
)
CERTIFICATES = Resource(
    name="Certificate",
    plural="certificates",
    rows=lambda principal: certificates_visible_to(principal, timezone.now()),
    on_lines=_of_people_on,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/certificates/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/training/certificates/{key}/"),
        Field("display", ("user__name", "course__code"), make=lambda name, code: f"{name} · {code}"),
        plain("code"),
        person_field("person", "user"),
        _course_field(),
        plain("issued_at", "datetime"),
        plain("expires_at", "datetime", nullable=True),
        plain("revoked_at", "datetime", nullable=True),
        plain("revoked_why"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "user__email", fold=str.lower),
        Filter("course", "course__code_key", fold=str.casefold),
        Filter("expires_at", "expires_at", "datetime"),
        Filter("revoked_at", "revoked_at", "datetime"),
    ),
    ordering={"issued_at": "issued_at", "expires_at": "expires_at", "updated_at": "updated_at"},
    default=("-issued_at",),
    description="Valid where `revoked_at` is null and `expires_at` is null or ahead.",
)
SESSIONS = Resource(
    name="TrainingSession",
    plural="sessions",
    rows=lambda principal: offered_to(Session.objects.all(), principal),
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/sessions/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/training/sessions/{key}/"),
        Field(
            "display", ("course__code", "starts_at"), make=lambda code, start: f"{code} · {start:%Y-%m-%d}"
        ),
        _course_field(),
        line_field(),
        plain("starts_at", "datetime"),
        plain("ends_at", "datetime"),
        plain("time_zone"),
        plain("places", "integer"),
        plain("place"),
        person_field("trainer"),
        plain("cancelled_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("course", "course__code_key", fold=str.casefold),
        Filter("starts_at", "starts_at", "datetime"),
        Filter("cancelled_at", "cancelled_at", "datetime"),
    ),
    ordering={"starts_at": "starts_at", "updated_at": "updated_at"},
    default=("starts_at",),
    description="Sessions open to the whole company, and those of your lines and the lines above.",
)
LEARNER = Relation(
    "Person", lambda principal: trained_by(principal, timezone.now()), "email", "email", lambda text: text.strip().lower()
)  # fmt: skip
COURSE = Relation(
    "Course", lambda principal: Course.objects.all(), "code", "code_key", lambda text: text.strip().casefold()
)
RECORD = (
    Input("person", relation=LEARNER, required=True),
    Input("course", relation=COURSE, required=True),
    Input("completed_at", "datetime", required=True),
    Input("score", "number", nullable=True, note="Per cent, 0 to 100."),
    Input("evidence", required=True, note="A link, or where the proof is kept."),
)


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid.one(
            "completed_at", "moment_expected", _("Give the time with its zone, as 2026-01-31T09:00:00+01:00.")
        ) from error


def _score(value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
        if not number.is_finite() or not 0 <= number <= 100:
            raise InvalidOperation
    except InvalidOperation as error:
        raise Invalid.one("score", "out_of_range", _("A score is 0 to 100 %.")) from error
    return int(number * 100)


class CompletionListView(HubView):
    """Completions."""

    resource = COMPLETIONS
    tag = "training"
    permissions = {"GET": Permission.VIEW, "POST": Permission.RECORD_TRAINING}
    operations = {
        "GET": Operation("List completions", is_list=True),
        "POST": Operation(
            "Record one completion, or several, all or nothing; the same person, course and time again is the same completion",
            RECORD,
            takes_array=True,
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of completions."""
        return self.listed(COMPLETIONS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Record completions with their certificates."""
        if not self.principal.holds_anywhere(Permission.RECORD_TRAINING):
            require(self.principal, Permission.RECORD_TRAINING)
        data = request.data
        many = data if isinstance(data, list) else [data]
        if not 1 <= len(many) <= MOST_AT_ONCE:
            raise Invalid.one(
                "", "out_of_range", _("Send 1 to %(most)s objects at once.") % {"most": MOST_AT_ONCE}
            )
        with transaction.atomic():
            rows, problems = self._recorded(many)
            if problems and not isinstance(data, list):
                raise Invalid(
                    problems[0].message, problems=tuple(Problem(p.field, p.code, p.message) for p in problems)
                )
            if problems:
                told = {"n": len({problem.row for problem in problems})}
                raise Refused(
                    _("Nothing was written: %(n)s of the objects are refused.") % told,
                    problems=tuple(problems),
                )
        if isinstance(data, list):
            return self.told_many(COMPLETIONS, [row.pk for row in rows], rows=Completion.objects.all())
        return self.told(COMPLETIONS, rows=Completion.objects.all(), pk=rows[0].pk)

    def _recorded(self, many: list[Any]) -> tuple[list[Completion], list[Problem]]:
        memo: dict[Any, Any] = {}
        problems: list[Problem] = []
        bodies: list[tuple[int, Body, dt.datetime, int | None]] = []
        for number, item in enumerate(many):
            try:
                body = Body(item, RECORD, self.principal, memo=memo)
                bodies.append(
                    (number, body, _moment(body.values["completed_at"]), _score(body.values.get("score")))
                )
            except DomainError as error:
                problems += [Problem(p.field, p.code, p.message, row=number) for p in error.problems]
        versions = versions_of({body.values["course"].pk for _n, body, _m, _s in bodies})
        finished: list[tuple[int, Finished]] = []
        for number, body, moment, score in bodies:
            person, course = body.values["person"], body.values["course"]
            version = version_at(course, moment, versions=versions) if moment.tzinfo else None
            if version is None:
                message = _("%(course)s has no published version yet.") % {"course": course.code}
                problem = Problem("course", "not_published", message, row=number)
                if moment.tzinfo is None:
                    message = _("Give the time with its zone, as 2026-01-31T09:00:00+01:00.")
                    problem = Problem("completed_at", "zone_missing", message, row=number)
                problems.append(problem)
                continue
            key = f"api:{person.public_id}:{course.public_id}:{moment.astimezone(dt.UTC).isoformat()}"
            evidence = body.values["evidence"]
            one = Finished(
                person, version, moment, CompletionSource.MANUAL, key, evidence=evidence, score=score
            )
            finished.append((number, one))
        if problems:
            return [], problems
        answers = record_completions([one for _n, one in finished], by=self.principal.actor, at=self.at)
        for (number, _one), answer in zip(finished, answers, strict=True):
            if answer.problem is not None:
                field = {"achieved_at": "completed_at", "version": "completed_at"}.get(
                    answer.problem.field, answer.problem.field
                )
                problems.append(Problem(field, answer.problem.code, answer.problem.message, row=number))
        return [answer.completion for answer in answers if answer.completion is not None], problems


class CompletionDetailView(HubView):
    """One completion."""

    resource = COMPLETIONS
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a completion")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The completion."""
        return self.told(COMPLETIONS, public_id=public_id)


class CertificateListView(HubView):
    """Certificates."""

    resource = CERTIFICATES
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List certificates", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of certificates."""
        return self.listed(CERTIFICATES)


class CertificateDetailView(HubView):
    """One certificate."""

    resource = CERTIFICATES
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a certificate")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The certificate."""
        return self.told(CERTIFICATES, public_id=public_id)


class SessionListView(HubView):
    """Sessions."""

    resource = SESSIONS
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List sessions", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of sessions."""
        return self.listed(SESSIONS)


class SessionDetailView(HubView):
    """One session."""

    resource = SESSIONS
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a session")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The session."""
        return self.told(SESSIONS, public_id=public_id)
