"""Says which course teaches a policy, and ends the certificates that rest on one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, WrongState
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from governance.models import Policy, PolicyCourse
from training.models import Course
from training.services.certificates import end_certificates_of_course


@transaction.atomic
def teach_policy(policy: Policy, *, course: Course, by: Actor, at: datetime, why: str = "") -> PolicyCourse:
    """From now on the course teaches the policy.

    :raises WrongState: the policy is archived or the course retired. :raises Duplicate: it does already.
    """
    policy = locked(policy)
    if policy.archived_at is not None:
        raise WrongState(_("This policy is archived."))
    if course.retired_at is not None:
        raise WrongState(_("%(course)s is retired.") % {"course": course.code})
    if PolicyCourse.objects.filter(policy=policy, course=course, ended_at__isnull=True).exists():
        raise Duplicate.one("course", "duplicate", _("This course teaches this policy already."))
    row = PolicyCourse(policy=policy, course=course, created_at=at, updated_at=at)
    row.save(force_insert=True)
    record("policy_course.made", row, by=by, at=at, changes=changed({}, snapshot(row)), why=why)
    return row


@transaction.atomic
def stop_teaching(
    taught: PolicyCourse, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> PolicyCourse:
    """The course no longer teaches the policy. Certificates stay as they are.

    :raises WrongState: it has ended already.
    :raises Stale: somebody changed it since it was read.
    """
    row = locked(taught, expected_revision=expected_revision)
    if row.ended_at is not None:
        raise WrongState(_("This course teaches this policy no longer."))
    row.ended_at = at
    save_changed(row, fields=["ended_at"], at=at)
    record("policy_course.ended", row, by=by, at=at, changes={"ended_at": [None, at]}, why=why)
    return row


@transaction.atomic
def end_certificates_of(policy: Policy, *, by: Actor, at: datetime) -> int:
    """End the certificates of every course that teaches a policy, because its text changed; returns how many held until now."""
    why = _("The policy it rests on has changed: %(policy)s.") % {"policy": policy.code}
    courses = Course.objects.filter(
        pk__in=PolicyCourse.objects.filter(policy=policy, ended_at__isnull=True).values("course_id")
    )
    return sum(end_certificates_of_course(course, why=why, by=by, at=at) for course in courses.order_by("pk"))
