"""Courses: read by everybody who is signed in, written by whoever keeps the catalogue. What they teach: `training.api.versions`."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView, NaturalKey
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, brief, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import Operation
from coe.api.relations import PERSON
from coe.enums.roles import Permission
from coe.models import BusinessLine
from coe.rules.scope import require
from coe.services.records import required
from training.models import Course, CourseVersion, Requirement
from training.models.texts import read
from training.services.courses import create_course, edit_course, retire_course


def course_brief(public_id: Any, code: str | None, titles: Any) -> dict[str, Any] | None:
    """A course as other records name it."""
    if public_id is None:
        return None
    return {
        "id": public_id, "code": code, "display": read(titles) or code, "url": f"/api/v1/courses/{code}/",
        "web_url": f"/training/courses/{code}/",
    }  # fmt: skip


def course_field(source: str = "course") -> Field:
    """A related course."""
    return brief("course", "CourseBrief", course_brief, ("public_id", "code", "titles"), source)


def _versions(keys: list[int]) -> dict[int, dict[str, Any]]:
    """The version taught now, by course."""
    rows = CourseVersion.objects.published().filter(course_id__in=keys)
    return {
        row.course_id: {
            "number": row.number, "published_at": row.published_at, "duration_minutes": row.duration_minutes,
            "objectives": row.objectives, "pass_mark": row.pass_mark, "attempts_allowed": row.attempts_allowed,
        }
        for row in rows
    }  # fmt: skip


def asked_of(lines: QuerySet[BusinessLine]) -> QuerySet[Requirement]:
    """What is asked of the people enrolled on these lines."""
    return Requirement.objects.filter(enrolment__line__in=lines, enrolment__withdrawn_at__isnull=True)


COURSES = Resource(
    name="Course",
    plural="courses",
    rows=lambda principal: Course.objects.all(),
    on_lines=lambda lines: Q(pk__in=asked_of(lines).values("course_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/courses/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/training/courses/{code}/"),
        Field("display", ("titles", "code"), make=lambda titles, code: read(titles) or code),
        plain("code"),
        plain("titles", "object"),
        plain("summaries", "object"),
        plain("modes", "strings"),
        plain("validity_months", "integer", nullable=True),
        plain("renewal_days", "integer"),
        plain("activity_id"),
        person_field("owner"),
        plain("reviewed_on", "date", nullable=True),
        plain("retired_at", "datetime", nullable=True),
        Field(
            "version",
            kind="any",
            collect=_versions,
            note="The version taught now; an empty list when there is none.",
        ),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("code", "code_key", fold=str.casefold),
        Filter("activity_id", "activity_id"),
        Filter("retired_at", "retired_at", "datetime"),
        Filter("reviewed_on", "reviewed_on", "date"),
    ),
    ordering={"code": "code_key", "reviewed_on": "reviewed_on", "updated_at": "updated_at"},
    default=("code_key",),
    search=lambda words: Q(code__icontains=words) | Q(titles__icontains=words),
    description="What can be learned here.",
)
_WORDS = (
    Input("titles", "object", note='By language: {"en": "…", "fr": "…"}.'),
    Input("summaries", "object", note="By language, Markdown."),
    Input("modes", "strings", note="self_paced, session, external."),
    Input("validity_months", "integer", nullable=True, note="1 to 120; null: its certificates never expire."),
    Input("renewal_days", "integer", note="0 to 365."),
    Input(
        "activity_id", note="The IRI by which a learning system names it; a name of its own when left out."
    ),
    Input("owner", relation=PERSON, nullable=True),
    Input("reviewed_on", "date", nullable=True),
)
CREATE = (Input("code", required=True), Input("titles", "object", required=True), *_WORDS[1:])
PUT = (Input("code", required=True), *_WORDS)
BY_CODE = NaturalKey("code_key", lambda text: text.strip().casefold())
EXAMPLE = {
    "code": "CARE",
    "titles": {"en": "Customer care in public", "fr": "Relation client en public"},
    "summaries": {"en": "How we answer, and when we stop."},
    "modes": ["self_paced", "session"],
    "validity_months": 12,
    "change_message": "Asked for by the round table",
}


class _CourseView(ManyView):
    resource = COURSES
    tag = "training"

    def told_by(self, body: Body) -> dict[str, Any]:
        """Who writes, when and why."""
        return {"by": self.principal.actor, "at": self.at, "why": body.why}

    def course(self, code: str) -> Course:
        """The course of a code; 404 otherwise."""
        found = Course.objects.filter(code_key=BY_CODE.fold(code)).first()
        if found is None:
            raise Http404
        return found

    def edit(self, course: Course, body: Body, revision: int | None) -> Course:
        """Change what is said about one course."""
        return edit_course(course, changes=body.values, expected_revision=revision, **self.told_by(body))

    def retire(self, course: Course, why: str, revision: int | None) -> Course:
        """Take one course out of the offer."""
        return retire_course(course, by=self.principal.actor, at=self.at, why=why, expected_revision=revision)


class CourseListView(_CourseView):
    """The catalogue."""

    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.MANAGE_TRAINING),
    }
    operations = {
        "GET": Operation("List courses", is_list=True),
        "POST": Operation(
            "Add one course without content, or several, all or nothing", CREATE, status=201, takes_array=True, example=EXAMPLE,
        ),
        "PUT": Operation("Add courses, or edit those whose code exists; all or nothing", PUT, takes_array=True, example=[EXAMPLE]),
        "PATCH": Operation(
            "Edit several courses, all or nothing; each names its id or code", (ID, REVISION, *_WORDS), takes_array=True,
            example=[{"id": "FND", "renewal_days": 45}],
        ),
        "DELETE": Operation("Retire several courses, all or nothing; certificates hold until they end", takes_array=True),
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        """A page of courses."""
        return self.listed(COURSES)

    @idempotent
    def post(self, request: Request) -> Response:
        """Add courses."""
        require(self.principal, Permission.MANAGE_TRAINING)
        memo: dict[Any, Any] = {}

        def one(data: Any) -> Course:
            body = Body(data, CREATE, self.principal, memo=memo)
            return create_course(**body.values, **self.told_by(body))

        return self.write_one_or_many(COURSES, one, rows=Course.objects.all(), status=201)

    def put(self, request: Request) -> Response:
        """Add courses, or edit those that are there."""
        require(self.principal, Permission.MANAGE_TRAINING)

        def put(body: Body, revision: int | None) -> tuple[Course, bool]:
            code = body.values.pop("code")
            course = Course.objects.filter(code_key=BY_CODE.fold(code)).first()
            if course is not None:
                return self.edit(course, body, revision), False
            if "titles" not in body.values:
                raise required("titles")
            return create_course(code=code, **body.values, **self.told_by(body)), True

        return self.put_each(COURSES, put, rows=Course.objects.all(), inputs=PUT)

    def patch(self, request: Request) -> Response:
        """Edit courses by id or code."""
        require(self.principal, Permission.MANAGE_TRAINING)
        return self.edit_each(COURSES, self.edit, rows=Course.objects.all(), inputs=_WORDS, key=BY_CODE)

    def delete(self, request: Request) -> Response:
        """Retire courses; curricula that ask for one are named, and none is retired."""
        require(self.principal, Permission.MANAGE_TRAINING)
        return self.remove_each(self.retire, rows=Course.objects.all(), resource=COURSES, key=BY_CODE)


class CourseDetailView(_CourseView):
    """One course."""

    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("PUT", "PATCH", "DELETE"), Permission.MANAGE_TRAINING),
    }
    operations = {
        "GET": Operation("Read a course"),
        "PUT": Operation(
            "Add a course of this code, or edit it", _WORDS, example={key: EXAMPLE[key] for key in ("titles", "modes")}
        ),
        "PATCH": Operation("Edit what is said about a course", _WORDS, example={"validity_months": 24}),
        "DELETE": Operation("Retire a course; its certificates hold until they end"),
    }  # fmt: skip

    def get(self, request: Request, code: str) -> Response:
        """The course."""
        return self.told(COURSES, code_key=BY_CODE.fold(code))

    def put(self, request: Request, code: str) -> Response:
        """Add or edit by the code in the address."""
        require(self.principal, Permission.MANAGE_TRAINING)
        if Course.objects.filter(code_key=BY_CODE.fold(code)).exists():
            return self.patch(request, code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        if "titles" not in body.values:
            raise required("titles")
        made = create_course(code=code, **body.values, **self.told_by(body))
        return self.told(COURSES, status=201, pk=made.pk)

    def patch(self, request: Request, code: str) -> Response:
        """Change the course."""
        require(self.principal, Permission.MANAGE_TRAINING)
        course = self.course(code)
        self.edit(
            course, Body(request.data, _WORDS, self.principal, partial=True), expected_revision(request)
        )
        return self.told(COURSES, pk=course.pk)

    def delete(self, request: Request, code: str) -> Response:
        """Retire it; 409 names the curricula that ask for it."""
        require(self.principal, Permission.MANAGE_TRAINING)
        course = self.retire(self.course(code), "", expected_revision(request))
        return self.told(COURSES, pk=course.pk)
