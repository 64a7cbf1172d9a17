"""What a person has to learn, where they stand, and what they do next."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from coe.models import User
from training.enums.training import HELD_SEATS, CourseMode, LearningState
from training.models import (
    Attempt,
    Certificate,
    Course,
    CourseVersion,
    LessonReading,
    Requirement,
    Seat,
    Session,
)
from training.rules.validity import renewal_opens


@dataclass
class Learning:
    """One course as one person sees it. `certificate` is the longest they hold, valid or not."""

    course: Course
    state: LearningState = LearningState.OPEN
    due_at: datetime | None = None
    curricula: list[str] = field(default_factory=list)
    certificate: Certificate | None = None
    version: CourseVersion | None = None
    lessons: int = 0
    read: int = 0
    attempt: Attempt | None = None
    seat: Seat | None = None

    @property
    def has_quiz(self) -> bool:
        """Whether it can be taken here and now."""
        return CourseMode.SELF_PACED in self.course.modes and self.version is not None

    @property
    def is_owed(self) -> bool:
        """Whether something is left to do for somebody who must."""
        return self.due_at is not None and self.state not in (LearningState.DONE, LearningState.RENEWABLE)


def state_of(
    certificate: Certificate | None, *, due_at: datetime | None, renewal_days: int, at: datetime
) -> LearningState:
    """Where somebody stands with a course, given the longest certificate they hold and when it is due."""
    if certificate is not None and (certificate.expires_at is None or certificate.expires_at > at):
        if certificate.expires_at is not None and renewal_opens(certificate.expires_at, renewal_days) <= at:
            return LearningState.RENEWABLE
        return LearningState.DONE
    if certificate is not None:
        return LearningState.EXPIRED
    return LearningState.OVERDUE if due_at is not None and due_at <= at else LearningState.OPEN


def taught_versions(courses: Iterable[int]) -> QuerySet[CourseVersion]:
    """The published versions of courses, with how many lessons and questions each has."""
    return (
        CourseVersion.objects.published()
        .filter(course_id__in=list(courses))
        .annotate(
            lesson_count=Count("lessons", distinct=True), question_count=Count("questions", distinct=True)
        )
    )


def learning_of(person: User, *, at: datetime, courses: Iterable[Course] = ()) -> list[Learning]:
    """The courses a person must take, and those they hold a certificate of, most pressing first (six queries).

    `courses` are told too, required or not.
    """
    found: dict[int, Learning] = {course.pk: Learning(course) for course in courses}
    required = Requirement.objects.filter(user=person).select_related("course", "enrolment__curriculum")
    for row in required.order_by("due_at", "id"):
        one = found.setdefault(row.course_id, Learning(row.course))
        one.due_at = row.due_at if one.due_at is None else min(one.due_at, row.due_at)
        if row.enrolment.curriculum is not None and row.enrolment.curriculum.title not in one.curricula:
            one.curricula.append(row.enrolment.curriculum.title)
    held = Certificate.objects.longest().filter(user=person).select_related("course")
    for certificate in held:
        one = found.setdefault(certificate.course_id, Learning(certificate.course))
        one.certificate = certificate
        if one.due_at is not None and certificate.expires_at is not None and certificate.expires_at <= at:
            # Whoever once had it owes it again from the day it ended.
            one.due_at = max(one.due_at, certificate.expires_at)
    _progress(found, person, at)
    for one in found.values():
        one.state = state_of(one.certificate, due_at=one.due_at, renewal_days=one.course.renewal_days, at=at)
    order = list(LearningState)
    never = datetime.max.replace(tzinfo=at.tzinfo)
    return sorted(
        found.values(),
        key=lambda one: (not one.is_owed, order.index(one.state), one.due_at or never, one.course.code_key),
    )


def _progress(found: dict[int, Learning], person: User, at: datetime) -> None:
    for version in taught_versions(found):
        found[version.course_id].version = version
        found[version.course_id].lessons = version.lesson_count
    versions = [one.version.pk for one in found.values() if one.version is not None]
    read: dict[int, int] = defaultdict(int)
    rows = LessonReading.objects.filter(user=person, lesson__version_id__in=versions)
    read |= dict(rows.values_list("lesson__version_id").annotate(n=Count("id")).order_by())
    for attempt in (
        Attempt.objects.open().filter(user=person, version__course_id__in=found).select_related("version")
    ):
        found[attempt.version.course_id].attempt = attempt
    seats = Seat.objects.filter(
        user=person, state__in=HELD_SEATS, session__ends_at__gt=at, session__course_id__in=found
    )
    for seat in (
        seats.filter(session__cancelled_at__isnull=True)
        .select_related("session")
        .order_by("-session__starts_at")
    ):
        found[seat.session.course_id].seat = seat
    for one in found.values():
        one.read = read[one.version.pk] if one.version is not None else 0


def catalogue(*, words: str = "", mode: str = "") -> QuerySet[Course]:
    """Courses that are offered, by code. JSON text is matched as it is stored, in every language."""
    courses = Course.objects.offered()
    if words:
        courses = courses.filter(
            Q(code__icontains=words) | Q(titles__icontains=words) | Q(summaries__icontains=words)
        )
    if mode:
        courses = courses.filter(modes__icontains=f'"{mode}"')
    return courses.order_by("code_key")


def coming_sessions(sessions: QuerySet[Session], *, at: datetime) -> QuerySet[Session]:
    """Sessions that are not over, with how many seats are taken and how many people wait."""
    taken = Q(seats__state__in=("booked", "attended"))
    return (
        sessions.standing()
        .filter(ends_at__gt=at)
        .select_related("course", "line", "trainer")
        .annotate(
            taken=Count("seats", filter=taken), waiting=Count("seats", filter=Q(seats__state="waiting"))
        )
        .order_by("starts_at", "id")
    )
