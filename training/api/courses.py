"""Courses and curricula, read by everybody who is signed in; written from files (`manage.py load_paths`)."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.models import BusinessLine
from training.models import (
    Course,
    CourseVersion,
    Curriculum,
    CurriculumItem,
    CurriculumRole,
    Enrolment,
    Requirement,
)
from training.models.texts import read


def course_brief(public_id: Any, code: str | None, titles: Any) -> dict[str, Any] | None:
    """A course as other records name it."""
    if public_id is None:
        return None
    return {
        "id": public_id, "code": code, "display": read(titles) or code, "url": f"/api/v1/courses/{code}/",
        "web_url": f"/training/courses/{code}/",
    }  # fmt: skip


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


def _roles(keys: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in CurriculumRole.objects.filter(curriculum_id__in=keys).order_by("role"):
        found.setdefault(row.curriculum_id, []).append(row.role)
    return found


def _items(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = (
        CurriculumItem.objects.filter(curriculum_id__in=keys)
        .select_related("course")
        .prefetch_related("after")
    )
    for row in rows.order_by("curriculum_id", "order"):
        after = sorted(one.code for one in row.after.all())
        item = {"course": row.course.code, "due_days": row.due_days, "after": after}
        found.setdefault(row.curriculum_id, []).append(item)
    return found


def _asked(lines: QuerySet[BusinessLine]) -> QuerySet[Requirement]:
    """What is asked of the people enrolled on these lines."""
    return Requirement.objects.filter(enrolment__line__in=lines, enrolment__withdrawn_at__isnull=True)


def _enrolled(lines: QuerySet[BusinessLine]) -> QuerySet[Enrolment]:
    """Enrolments of these lines in curricula."""
    return Enrolment.objects.open().filter(line__in=lines, curriculum__isnull=False)


COURSES = Resource(
    name="Course",
    plural="courses",
    rows=lambda principal: Course.objects.all(),
    on_lines=lambda lines: Q(pk__in=_asked(lines).values("course_id")),
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
CURRICULA = Resource(
    name="Curriculum",
    plural="curricula",
    rows=lambda principal: Curriculum.objects.all(),
    on_lines=lambda lines: Q(pk__in=_enrolled(lines).values("curriculum_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/curricula/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/training/curricula/{code}/"),
        Field("display", ("titles", "code"), make=lambda titles, code: read(titles) or code),
        plain("code"),
        plain("titles", "object"),
        plain("summaries", "object"),
        Field("roles", kind="strings", collect=_roles),
        Field("items", kind="any", collect=_items),
        plain("archived_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("code", "code_key", fold=str.casefold), Filter("archived_at", "archived_at", "datetime")),
    ordering={"code": "code_key", "updated_at": "updated_at"},
    default=("code_key",),
    search=lambda words: Q(code__icontains=words) | Q(titles__icontains=words),
    description="Which roles need which courses, and by when.",
)


class _ReadView(HubView):
    tag = "training"
    permissions = {"GET": Permission.VIEW}


class CourseListView(_ReadView):
    """The catalogue."""

    resource = COURSES
    operations = {"GET": Operation("List courses", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of courses."""
        return self.listed(COURSES)


class CourseDetailView(_ReadView):
    """One course."""

    resource = COURSES
    operations = {"GET": Operation("Read a course")}

    def get(self, request: Request, code: str) -> Response:
        """The course."""
        return self.told(COURSES, code_key=code.casefold())


class CurriculumListView(_ReadView):
    """Curricula."""

    resource = CURRICULA
    operations = {"GET": Operation("List curricula", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of curricula."""
        return self.listed(CURRICULA)


class CurriculumDetailView(_ReadView):
    """One curriculum."""

    resource = CURRICULA
    operations = {"GET": Operation("Read a curriculum")}

    def get(self, request: Request, code: str) -> Response:
        """The curriculum."""
        return self.told(CURRICULA, code_key=code.casefold())
