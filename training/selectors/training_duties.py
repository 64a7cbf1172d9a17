"""Duties of training: courses to take, and certificates to renew before they end. Reminders and the weekly digest read these."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.models import User
from coe.selectors.duties import Duty
from training.models import Certificate, Course, Requirement
from training.selectors.coverage import lacking

RENEW_AHEAD = timedelta(days=60)
RENEW_REMINDERS = (60, 30, 7)


def _named(pattern: object, course: Course) -> object:
    """A sentence about a course; its title is read in the language of whoever is told."""
    return format_lazy(pattern, course=_Title(course))


class _Title:
    """A course's title, looked up when it is read."""

    def __init__(self, course: Course) -> None:
        self.course = course

    def __format__(self, spec: str) -> str:
        return self.course.title

    __str__ = __repr__ = lambda self: self.course.title


def course_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Required courses without a valid certificate: due by their day, or since the last certificate ended. One a person and course."""
    gaps = lacking(at).filter(user__in=people).select_related("course", "enrolment__line")
    told: set[tuple[int, int]] = set()
    for gap in gaps.order_by("since", "id"):
        if (gap.user_id, gap.course_id) in told:
            continue
        told.add((gap.user_id, gap.course_id))
        yield Duty(
            person_id=gap.user_id,
            kind="training.course",
            key=str(gap.course.public_id),
            title=_named(_("Complete the course {course}"), gap.course),
            url=reverse("course-detail", args=[gap.course.code]),
            due_at=gap.since,
            line=gap.enrolment.line,
            note=_("Your role asks for a valid certificate."),
        )


def renewal_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Certificates of required courses that end within sixty days; a longer one silences the shorter. Reminded at 60, 30 and 7 days."""
    ending = (
        Certificate.objects.valid(at)
        .longest()
        .filter(user__in=people, expires_at__lte=at + RENEW_AHEAD)
        .select_related("course")
        .order_by("expires_at", "id")
    )
    certificates = list(ending)
    asked = Requirement.objects.filter(
        user__in={one.user_id for one in certificates}, course__in={one.course_id for one in certificates}
    )
    lines = {
        (row.user_id, row.course_id): row.enrolment.line
        for row in asked.select_related("enrolment__line").order_by("-due_at", "-id")
    }
    for one in certificates:
        if (one.user_id, one.course_id) in lines:
            yield Duty(
                person_id=one.user_id,
                kind="training.renewal",
                key=str(one.public_id),
                title=_named(_("Renew your certificate of {course}"), one.course),
                url=reverse("course-detail", args=[one.course.code]),
                due_at=one.expires_at,
                line=lines[one.user_id, one.course_id],
                remind_days=RENEW_REMINDERS,
                note=_("Take the quiz or a session again before it ends."),
            )
