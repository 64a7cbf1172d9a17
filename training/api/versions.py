"""Versions of a course: drafted, edited and published by whoever keeps the catalogue. Right answers are told to nobody else."""

from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.rules.principals import Principal
from coe.rules.scope import require
from training.api.courses import BY_CODE, asked_of, course_field
from training.enums.training import VersionState
from training.models import Course, CourseVersion, Lesson, Question
from training.selectors.versions import versions_visible_to, writes_courses
from training.services.versions import discard_draft, draft_version, edit_version, publish_version


def _lessons(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Lesson.objects.filter(version_id__in=keys).order_by("version_id", "order")
    for row in rows:
        one = {"key": row.key, "titles": row.titles, "bodies": row.bodies}
        found.setdefault(row.version_id, []).append(one)
    return found


def _questions(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Question.objects.filter(version_id__in=keys).order_by("version_id", "order")
    for row in rows:
        one = {
            "key": row.key, "kind": row.kind, "texts": row.texts, "choices": row.choices, "correct": row.correct,
            "explanations": row.explanations,
        }  # fmt: skip
        found.setdefault(row.version_id, []).append(one)
    return found


def _address(code: str, number: int) -> str:
    return f"/api/v1/courses/{code}/versions/{number}/"


VERSIONS = Resource(
    name="CourseVersion",
    plural="versions",
    rows=versions_visible_to,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("course__code", "number"), "uri", _address),
        Field("display", ("course__code", "number"), make=lambda code, number: f"{code} · {number}"),
        course_field(),
        plain("number", "integer"),
        plain("state", choices=VersionState),
        plain("objectives", "object"),
        plain("duration_minutes", "integer"),
        plain("pass_mark", "integer"),
        plain("drawn", "integer"),
        plain("attempts_allowed", "integer", nullable=True),
        plain("is_shuffled", "boolean"),
        plain("change_note"),
        Field("lessons", kind="array", collect=_lessons),
        Field("questions", kind="array", collect=lambda keys: {}, note="For those who write courses."),
        plain("published_at", "datetime", nullable=True),
        plain("retired_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("state", "state", choices=VersionState),
        Filter("published_at", "published_at", "datetime"),
    ),
    ordering={"number": "number", "updated_at": "updated_at"},
    default=("-number",),
    on_lines=lambda lines: Q(course_id__in=asked_of(lines).values("course_id")),
    description="What a course teaches, for good once it is published. Lessons and questions stand at its own address.",
)
# A list of a page tells no texts: each version has an address of its own.
LISTED = replace(
    VERSIONS, fields=tuple(one for one in VERSIONS.fields if one.name not in ("lessons", "questions"))
)


def versions_of(principal: Principal) -> Resource:
    """The resource as a caller reads it: questions are for those who write them."""
    if not writes_courses(principal):
        return VERSIONS
    fields = (replace(one, collect=_questions) if one.name == "questions" else one for one in VERSIONS.fields)
    return replace(VERSIONS, fields=tuple(fields))


EDIT = (
    Input("objectives", "object", note='By language, a list each: {"en": ["…"]}.'),
    Input("duration_minutes", "integer", note="0 to 10,000."),
    Input("pass_mark", "integer", note="Per cent, 1 to 100."),
    Input("drawn", "integer", note="How many of the bank’s questions an attempt asks, 1 to 200."),
    Input("attempts_allowed", "integer", nullable=True, note="null: as many as it takes."),
    Input("is_shuffled", "boolean"),
    Input("change_note"),
    Input("lessons", "array", note='[{"key": "…", "titles": {…}, "bodies": {…}}] in order; replaces all of them.'),
    Input(
        "questions", "array",
        note='[{"key": "…", "kind": "single", "texts": {…}, "choices": [{"key": "a", "texts": {…}}], "correct": ["a"], '
        '"explanations": {…}}] in order; replaces all of them.',
    ),
)  # fmt: skip
EXAMPLE = {
    "objectives": {"en": ["Answer a complaint in public"]},
    "duration_minutes": 30,
    "pass_mark": 80,
    "drawn": 1,
    "lessons": [{"key": "tone", "titles": {"en": "Tone"}, "bodies": {"en": "Be **brief** and kind."}}],
    "questions": [
        {
            "key": "first-word",
            "kind": "single",
            "texts": {"en": "How does an answer begin?"},
            "choices": [
                {"key": "a", "texts": {"en": "With thanks"}},
                {"key": "b", "texts": {"en": "With a link"}},
            ],
            "correct": ["a"],
            "explanations": {"en": "People read the first word first."},
        }
    ],
}


class _VersionView(HubView):
    resource = VERSIONS
    tag = "training"

    def course(self, code: str) -> Course:
        """The course of a code; 404 otherwise."""
        found = Course.objects.filter(code_key=BY_CODE.fold(code)).first()
        if found is None:
            raise Http404
        return found

    def version(self, code: str, number: int) -> CourseVersion:
        """The version, with its course; 404 otherwise."""
        rows = CourseVersion.objects.select_related("course")
        found = rows.filter(course__code_key=BY_CODE.fold(code), number=min(number, 32_767)).first()
        if found is None:
            raise Http404
        return found

    def shown(self, version: CourseVersion, status: int = 200) -> Response:
        """The version as it is now."""
        return self.told(versions_of(self.principal), status=status, pk=version.pk)


class VersionListView(_VersionView):
    """The versions of a course."""

    resource = LISTED
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_TRAINING}
    operations = {
        "GET": Operation("List the versions of a course, the newest first", is_list=True),
        "POST": Operation(
            "Open the next draft: a copy of the newest version, or an empty one of a new course", status=201
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        """A page of versions."""
        course = self.course(code)
        return self.listed(LISTED, keep=lambda rows: rows.filter(course=course))

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Draft the next version."""
        require(self.principal, Permission.MANAGE_TRAINING)
        course, body = self.course(code), Body(request.data or {}, (), self.principal)
        version = draft_version(course, by=self.principal.actor, at=self.at, why=body.why)
        return self.shown(version, 201)


class VersionDetailView(_VersionView):
    """One version of a course."""

    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_TRAINING,
        "DELETE": Permission.MANAGE_TRAINING,
    }
    operations = {
        "GET": Operation("Read a version with its lessons"),
        "PATCH": Operation("Edit a draft; a published version never changes", EDIT, example=EXAMPLE),
        "DELETE": Operation("Discard a draft; what it said stays in the history", status=204),
    }

    def get(self, request: Request, code: str, number: int) -> Response:
        """The version."""
        number = min(number, 32_767)
        return self.told(versions_of(self.principal), course__code_key=BY_CODE.fold(code), number=number)

    def patch(self, request: Request, code: str, number: int) -> Response:
        """Change the draft."""
        require(self.principal, Permission.MANAGE_TRAINING)
        version = self.version(code, number)
        body = Body(request.data, EDIT, self.principal, partial=True)
        values = body.values
        lessons, questions = values.pop("lessons", None), values.pop("questions", None)
        edit_version(
            version, changes=values, lessons=lessons, questions=questions, by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.shown(version)

    def delete(self, request: Request, code: str, number: int) -> Response:
        """Discard the draft."""
        require(self.principal, Permission.MANAGE_TRAINING)
        version, revision = self.version(code, number), expected_revision(request)
        discard_draft(version, by=self.principal.actor, at=self.at, expected_revision=revision)
        return Response(status=204)


class VersionPublishView(_VersionView):
    """The publication of a draft."""

    permissions = {"POST": Permission.MANAGE_TRAINING}
    operations = {
        "POST": Operation("Teach a draft from now on; attempts under way are finished on the old version")
    }

    @idempotent
    def post(self, request: Request, code: str, number: int) -> Response:
        """Publish it; 422 names what is missing."""
        require(self.principal, Permission.MANAGE_TRAINING)
        version, body = self.version(code, number), Body(request.data or {}, (), self.principal)
        publish_version(
            version,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(version)
