"""Which version of a course an instant belongs to."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet

from coe.enums.roles import Permission
from coe.rules.principals import Principal
from training.enums.training import VersionState
from training.models import Course, CourseVersion


def writes_courses(principal: Principal) -> bool:
    """Whether the caller keeps the catalogue: drafts, and the right answers of a quiz, are theirs to see."""
    return Permission.MANAGE_TRAINING in principal.company_permissions


def versions_visible_to(principal: Principal) -> QuerySet[CourseVersion]:
    """What is taught or was taught is for everybody; drafts are for those who write them."""
    versions = CourseVersion.objects.all()
    return versions if writes_courses(principal) else versions.exclude(state=VersionState.DRAFT)


def versions_of(courses: Iterable[int]) -> dict[int, list[CourseVersion]]:
    """Every version that was ever taught, oldest first, with its course, by course (one query)."""
    found: dict[int, list[CourseVersion]] = {}
    rows = CourseVersion.objects.filter(course_id__in=list(courses), published_at__isnull=False)
    for version in rows.select_related("course").order_by("course_id", "number"):
        found.setdefault(version.course_id, []).append(version)
    return found


def version_at(
    course: Course, moment: datetime, *, versions: Mapping[int, list[CourseVersion]] | None = None
) -> CourseVersion | None:
    """The version a completion at an instant is of: the one in force then, else the first (history before there was any).

    Of a retired course it is the last one, which then refuses what came after its end. None for a course never published.
    """
    known = (versions if versions is not None else versions_of([course.pk])).get(course.pk, [])
    begun = [one for one in known if one.published_at is not None and one.published_at <= moment]
    return (begun or known[:1])[-1] if known else None
