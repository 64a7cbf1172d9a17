"""Waives a course for a person: what they know already, by somebody's word and for a reason that stays with the record."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, WrongState
from coe.rules.principals import Actor
from coe.services.records import locked, required
from training.enums.training import CompletionSource
from training.models import Certificate, Completion, Course, Enrolment
from training.selectors.versions import version_at
from training.services.completions import Finished, record_completion

LONGEST_REASON = 500


@transaction.atomic
def waive_course(enrolment: Enrolment, *, course: Course, by: Actor, at: datetime, reason: str) -> Completion:
    """Let a course that an enrolment asks for count as completed. The certificate ends like any other of the course.

    A waiver says what was decided and by whom; whether somebody may decide it about this person is the door's to ask.

    :raises Invalid: no reason, or the enrolment asks for no such course. :raises WrongState: the enrolment has ended, or the person
        holds a valid certificate of the course, or the course was never published.
    """
    reason = reason.strip()
    if not reason:
        raise required("reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid.one(
            "reason", "too_long", _("At most %(most)d characters, please.") % {"most": LONGEST_REASON}
        )
    # The person's row is the lock: two waivers of one course follow each other, and the second is refused.
    person = locked(enrolment.user)
    enrolment = locked(enrolment)
    if enrolment.withdrawn_at is not None:
        raise WrongState(_("This enrolment has ended already."))
    if not enrolment.requirements.filter(course=course).exists():
        message = _("This enrolment does not ask for %(course)s.") % {"course": course.code}
        raise Invalid.one("course", "not_asked", message)
    if Certificate.objects.valid(at).filter(user=person, course=course).exists():
        told = {"name": person, "course": course.code}
        raise WrongState(_("%(name)s holds a valid certificate of %(course)s.") % told)
    version = version_at(course, at)
    if version is None:
        raise WrongState(_("%(course)s has no published version yet.") % {"course": course.code})
    key = f"waiver:{person.public_id}:{course.public_id}:{at.isoformat()}"
    finished = Finished(person, version, at, CompletionSource.WAIVER, key, evidence=reason)
    answer = record_completion(finished, by=by, at=at, why=reason)
    assert answer.completion is not None
    return answer.completion
