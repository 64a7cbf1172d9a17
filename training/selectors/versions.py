"""Which version of a course an instant belongs to."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from coe.errors import Problem
from coe.rules.principals import Principal
from training.enums.training import CourseMode, VersionState
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


def unready(version: CourseVersion) -> list[Problem]:
    """What stands in the way of teaching a version, each with its place; its course must be loaded (two queries)."""
    problems = []
    if not version.objectives:
        problems.append(Problem("objectives", "required", _("Say what people can do afterwards.")))
    if CourseMode.SELF_PACED not in version.course.modes:
        return problems
    lessons = list(version.lessons.all())
    empty = [lesson.key for lesson in lessons if not lesson.bodies]
    questions = version.questions.count()
    if not lessons or empty:
        message = _("A self-paced course needs lessons with a text.")
        problems += [Problem(f"lessons/{key}", "required", message) for key in empty or [""]]
    if not questions:
        problems.append(Problem("questions", "required", _("A self-paced course needs a quiz.")))
    elif version.drawn > questions:
        message = _("The quiz draws %(drawn)d questions, but its bank has only %(bank)d.")
        problems.append(
            Problem("drawn", "bank_too_small", message % {"drawn": version.drawn, "bank": questions})
        )
    return problems
