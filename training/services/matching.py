"""Says whom and what foreign names mean; statements that waited for it are judged again, and later ones follow."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Problem, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.later import later
from training.enums.statements import StatementState
from training.models import ActivityMatch, Completion, Course, PersonMatch, Statement
from training.services.completions import void_completions
from training.services.statements import JUDGED, judge, judge_again

# As many as a person waits for; the rest is a task's.
AT_ONCE = 1_000


def _refuse_taken(field: str, message: str) -> Duplicate:
    return Duplicate(message, problems=(Problem(field, "duplicate", message),))


@transaction.atomic
def match_person(
    *, kind: str, value: str, user: User, by: Actor, at: datetime, why: str = ""
) -> tuple[PersonMatch, int]:
    """Note that an identifier is a person's; returns the match and how many waiting statements count now.

    :raises Duplicate: the identifier is matched already. :raises WrongState: the person has left.
    """
    if not user.is_active:
        raise WrongState(_("%(person)s has left.") % {"person": user})
    if PersonMatch.objects.filter(kind=kind, value=value).exists():
        raise _refuse_taken("user", _("This identifier is matched already. Take that match away first."))
    match = PersonMatch(kind=kind, value=value, user=user, created_at=at, updated_at=at)
    match.save(force_insert=True)
    record("person_match.created", match, by=by, at=at, changes=changed({}, snapshot(match)), why=why)
    return match, _follow(Statement.objects.parked().filter(actor_kind=kind, actor_value=value), by=by, at=at)


@transaction.atomic
def match_activity(
    *, activity: str, course: Course, by: Actor, at: datetime, why: str = ""
) -> tuple[ActivityMatch, int]:
    """Note that an activity is a course of ours; returns the match and how many waiting statements count now.

    :raises Duplicate: the activity is matched already. :raises WrongState: the course is retired.
    """
    if course.retired_at is not None and course.retired_at <= at:
        raise WrongState(_("%(course)s is retired.") % {"course": course})
    is_known = ActivityMatch.objects.filter(activity=activity).exists()
    if is_known or Course.objects.filter(activity_id=activity).exists():
        raise _refuse_taken("course", _("This activity is matched already. Take that match away first."))
    match = ActivityMatch(activity=activity, course=course, created_at=at, updated_at=at)
    match.save(force_insert=True)
    record("activity_match.created", match, by=by, at=at, changes=changed({}, snapshot(match)), why=why)
    return match, _follow(Statement.objects.parked().filter(activity=activity), by=by, at=at)


def _follow(waiting: QuerySet[Statement], *, by: Actor, at: datetime) -> int:
    rows = list(waiting.select_for_update(of=("self",)).order_by("pk")[: AT_ONCE + 1])
    if len(rows) > AT_ONCE:
        later("training.judge_parked")
    judge_again(rows[:AT_ONCE], by=by, at=at, action="statement.judged")
    return sum(1 for row in rows[:AT_ONCE] if row.state == StatementState.APPLIED)


@transaction.atomic
def unmatch_person(match: PersonMatch, *, by: Actor, at: datetime, why: str = "") -> int:
    """Take a match away; statements that counted by it wait again, and their completions are taken back. Returns how many."""
    rows = Statement.objects.filter(actor_kind=match.kind, actor_value=match.value, user_id=match.user_id)
    record("person_match.removed", match, by=by, at=at, changes=changed(snapshot(match), {}), why=why)
    match.delete()
    return _undo(rows, by=by, at=at)


@transaction.atomic
def unmatch_activity(match: ActivityMatch, *, by: Actor, at: datetime, why: str = "") -> int:
    """Take a match away; statements that counted by it wait again, and their completions are taken back. Returns how many."""
    rows = Statement.objects.filter(activity=match.activity, course_id=match.course_id)
    record("activity_match.removed", match, by=by, at=at, changes=changed(snapshot(match), {}), why=why)
    match.delete()
    return _undo(rows, by=by, at=at)


def _undo(rows: QuerySet[Statement], *, by: Actor, at: datetime) -> int:
    held = list(
        rows.standing().filter(state=StatementState.APPLIED).select_for_update(of=("self",)).order_by("pk")
    )
    touched = {row.completion_id for row in held if row.completion_id}
    for row in held:
        row.completion, row.state, row.updated_at, row.revision = (
            None,
            StatementState.PARKED,
            at,
            row.revision + 1,
        )
    Statement.objects.bulk_update(held, [*JUDGED, "revision"], batch_size=500)
    elsewhere = Statement.objects.standing().filter(completion_id__in=touched)
    alone = touched - set(elsewhere.values_list("completion_id", flat=True))
    standing = list(Completion.objects.standing().filter(pk__in=alone))
    if standing:
        void_completions(standing, by=by, at=at, why=_("A match of the learning system was taken away"))
    # Their own address may still name them; then the statement counts again, as a new completion.
    judge(held, by=by, at=at)
    Statement.objects.bulk_update(held, JUDGED, batch_size=500)
    return len(held)


@transaction.atomic
def judge_statement(statement: Statement, *, by: Actor, at: datetime) -> Statement:
    """Judge one statement again that does not count, once what stood in its way was put right. Returns it with the new answer.

    :raises WrongState: it counts, is information only, or was voided.
    """
    row = Statement.objects.uncounted().select_for_update(of=("self",)).filter(pk=statement.pk).first()
    if row is None:
        raise WrongState(_("This statement counts already, or never will."))
    judge_again([row], by=by, at=at, action="statement.judged")
    return row


def judge_parked(*, by: Actor, at: datetime, after: int = 0, most: int = AT_ONCE) -> tuple[int, int]:
    """Judge the next waiting statements again: people join and courses appear.

    Returns the last key seen (0 when all are done) and how many count now.
    """
    with transaction.atomic():
        rows = list(
            Statement.objects.parked()
            .select_for_update(of=("self",))
            .filter(pk__gt=after)
            .order_by("pk")[:most]
        )
        judge_again(rows, by=by, at=at, action="statement.judged")
    done = sum(1 for row in rows if row.state == StatementState.APPLIED)
    return (rows[-1].pk if len(rows) == most else 0), done
