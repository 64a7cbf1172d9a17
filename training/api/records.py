"""What people completed and hold. Completions are pushed here by systems that speak no xAPI."""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import MOST_AT_ONCE, Body, Input, Refused
from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import ANYBODY
from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid, NotAllowed, Problem
from coe.models import BusinessLine, RoleAssignment
from coe.rules.scope import require_somewhere
from training.api.courses import course_field
from training.api.relations import COURSE, LEARNER, hundredths, instant, learners
from training.enums.training import CompletionSource
from training.models import Completion
from training.selectors.certificates import certificates_visible_to, completions_visible_to
from training.selectors.versions import version_at, versions_of
from training.services.certificates import revoke_certificate
from training.services.completions import Finished, record_all_completions


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
        course_field(),
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
        Filter("person", "user__email", fold=str.lower, relation=ANYBODY),
        Filter("course", "course__code_key", fold=str.casefold, relation=COURSE),
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
        course_field(),
        plain("issued_at", "datetime"),
        plain("expires_at", "datetime", nullable=True),
        plain("revoked_at", "datetime", nullable=True),
        plain("revoked_why"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("person", "user__email", fold=str.lower, relation=ANYBODY),
        Filter("course", "course__code_key", fold=str.casefold, relation=COURSE),
        Filter("expires_at", "expires_at", "datetime"),
        Filter("revoked_at", "revoked_at", "datetime"),
    ),
    ordering={"issued_at": "issued_at", "expires_at": "expires_at", "updated_at": "updated_at"},
    default=("-issued_at",),
    description="Valid where `revoked_at` is null and `expires_at` is null or ahead.",
)
RECORD = (
    Input("person", relation=LEARNER, required=True),
    Input("course", relation=COURSE, required=True),
    Input("completed_at", "datetime", required=True),
    Input("score", "number", nullable=True, note="Per cent, 0 to 100."),
    Input("evidence", required=True, note="A link, or where the proof is kept."),
)


class CompletionListView(ListView):
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

    @idempotent
    def post(self, request: Request) -> Response:
        """Record completions with their certificates."""
        require_somewhere(self.principal, Permission.RECORD_TRAINING)
        data = request.data
        many = data if isinstance(data, list) else [data]
        if not 1 <= len(many) <= MOST_AT_ONCE:
            raise Invalid.one(
                "", "out_of_range", _("Send 1 to %(most)s objects at once.") % {"most": MOST_AT_ONCE}
            )
        rows, problems = self._recorded(many)
        if problems and not isinstance(data, list):
            raise Invalid(
                problems[0].message, problems=tuple(Problem(p.field, p.code, p.message) for p in problems)
            )
        if problems:
            told = {"n": len({problem.row for problem in problems})}
            raise Refused(
                _("Nothing was written: %(n)s of the objects are refused.") % told, problems=tuple(problems)
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
                    (
                        number,
                        body,
                        instant("completed_at", body.values["completed_at"]),
                        hundredths("score", body.values.get("score")),
                    )
                )
            except DomainError as error:
                problems += [Problem(p.field, p.code, p.message, row=number) for p in error.problems]
        versions = versions_of({body.values["course"].pk for _n, body, _m, _s in bodies})
        finished: list[Finished] = []
        for number, body, moment, score in bodies:
            person, course = body.values["person"], body.values["course"]
            version = version_at(course, moment, versions=versions)
            if version is None:
                message = _("%(course)s has no published version yet.") % {"course": course.code}
                problems.append(Problem("course", "not_published", message, row=number))
                continue
            key = f"api:{person.public_id}:{course.public_id}:{moment.isoformat()}"
            evidence = body.values["evidence"]
            finished.append(
                Finished(person, version, moment, CompletionSource.API, key, evidence=evidence, score=score)
            )
        if problems:
            return [], problems
        try:
            return record_all_completions(finished, by=self.principal.actor, at=self.at), []
        except Invalid as error:
            # Callers send the time of the completion; both of these are about it.
            names = {"achieved_at": "completed_at", "version": "completed_at"}
            return [], [replace(p, field=names.get(p.field, p.field)) for p in error.problems]


class CompletionDetailView(HubView):
    """One completion."""

    resource = COMPLETIONS
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a completion")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The completion."""
        return self.told(COMPLETIONS, public_id=public_id)


class CertificateListView(ListView):
    """Certificates."""

    resource = CERTIFICATES
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List certificates", is_list=True)}


class CertificateDetailView(HubView):
    """One certificate."""

    resource = CERTIFICATES
    tag = "training"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a certificate")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The certificate."""
        return self.told(CERTIFICATES, public_id=public_id)


class RevokeView(HubView):
    """The end of a certificate."""

    resource = CERTIFICATES
    tag = "training"
    permissions = {"POST": Permission.RECORD_TRAINING}
    operations = {
        "POST": Operation(
            "End a certificate at once, for a reason that its page tells",
            (Input("reason", required=True),),
            example={"reason": "Handed in somebody else’s work"},
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Revoke it; 409 when it is revoked already."""
        row = certificates_visible_to(self.principal, self.at).filter(public_id=public_id).first()
        if row is None:
            raise Http404
        if not learners(self.principal).filter(pk=row.user_id).exists():
            raise NotAllowed()
        body = Body(request.data, self.operations["POST"].inputs, self.principal)
        try:
            revoke_certificate(row, by=self.principal.actor, at=self.at, why=body.values["reason"])
        except Invalid as error:
            raise Invalid.one("reason", "required", error.message) from error
        return self.told(CERTIFICATES, pk=row.pk)
