"""Enrols and withdraws people: by the roles they hold, set-based, or by hand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _, override

from coe.errors import Duplicate, Invalid, WrongState
from coe.models import BusinessLine, LineClosure, RoleAssignment, User
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.records import locked
from training.models import Course, Curriculum, CurriculumItem, CurriculumRole, Enrolment, Requirement

_CHUNK = 5_000
COURSE_DUE_DAYS = 30


@dataclass(frozen=True)
class Synced:
    """What a reconciliation did."""

    enrolled: int
    withdrawn: int


def _asked_for(curricula: dict[int, Curriculum]) -> dict[str, list[tuple[int, set[int] | None]]]:
    """Role → (curriculum, lines on which it holds or None for all). Three queries whatever there is."""
    limits: dict[int, set[int]] = defaultdict(set)
    chosen = Curriculum.lines.through.objects.filter(curriculum_id__in=curricula)
    pairs = list(chosen.values_list("curriculum_id", "businessline_id"))
    below: dict[int, set[int]] = defaultdict(set)
    links = LineClosure.objects.filter(ancestor_id__in={line for _curriculum, line in pairs})
    for ancestor, descendant in links.values_list("ancestor_id", "descendant_id"):
        below[ancestor].add(descendant)
    for curriculum, line in pairs:
        limits[curriculum] |= below[line]
    asked: dict[str, list[tuple[int, set[int] | None]]] = defaultdict(list)
    roles = CurriculumRole.objects.filter(curriculum_id__in=curricula).order_by("curriculum_id")
    for curriculum, role in roles.values_list("curriculum_id", "role"):
        asked[role].append((curriculum, limits.get(curriculum)))
    return asked


def _requirements(
    enrolments: Iterable[Enrolment], items: dict[int, list[tuple[int, int]]]
) -> list[Requirement]:
    return [
        Requirement(
            enrolment=one,
            user_id=one.user_id,
            course_id=course,
            due_at=one.enrolled_at + timedelta(days=days),
        )
        for one in enrolments
        for course, days in items.get(one.curriculum_id, ())
    ]


def _items(curriculum_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = CurriculumItem.objects.filter(curriculum_id__in=list(curriculum_ids)).order_by(
        "curriculum_id", "order"
    )
    for curriculum, course, days in rows.values_list("curriculum_id", "course_id", "due_days"):
        found[curriculum].append((course, days))
    return found


def _wanted(
    assignments: Iterable[RoleAssignment], curricula: dict[int, Curriculum]
) -> dict[tuple[int, int], RoleAssignment]:
    asked = _asked_for(curricula)
    return {
        (one.pk, curriculum): one
        for one in assignments
        for curriculum, lines in asked.get(one.role, ())
        if lines is None or one.line_id in lines
    }


@transaction.atomic
def sync_enrolments(
    *,
    by: Actor,
    at: datetime,
    assignment_ids: Sequence[int] | None = None,
    curriculum_ids: Sequence[int] | None = None,
) -> Synced:
    """Bring enrolments into line with roles: whoever holds a role of a live curriculum is enrolled, whoever no longer does is withdrawn.

    Narrowed to some assignments or some curricula, or over all of them. Safe twice: the second time changes nothing. The number
    of statements does not grow with people.
    """
    live = Curriculum.objects.live()
    enrolled = Enrolment.objects.open().filter(assignment__isnull=False)
    held = RoleAssignment.objects.current(at).filter(user__is_active=True)
    if curriculum_ids is not None:
        live, enrolled = live.filter(pk__in=curriculum_ids), enrolled.filter(curriculum_id__in=curriculum_ids)
    if assignment_ids is not None:
        held, enrolled = held.filter(pk__in=assignment_ids), enrolled.filter(assignment_id__in=assignment_ids)
    # The curricula are the lock: two reconciliations of one curriculum follow each other.
    curricula = {row.pk: row for row in live.select_for_update(of=("self",)).order_by("pk")}
    roles = CurriculumRole.objects.filter(curriculum_id__in=curricula).values("role")
    wanted = _wanted(held.filter(role__in=roles).select_related("user").order_by("pk"), curricula)
    open_now = {
        (row.assignment_id, row.curriculum_id): row for row in enrolled.select_related("user", "curriculum")
    }
    leaving = [row for pair, row in open_now.items() if pair not in wanted]
    coming = [
        Enrolment(
            user=one.user, curriculum=curricula[curriculum], assignment=one, line_id=one.line_id, enrolled_at=at,
            created_at=at, updated_at=at,
        )
        for (_assignment, curriculum), one in wanted.items()
        if (one.pk, curriculum) not in open_now
    ]  # fmt: skip
    _withdraw(leaving, by=by, at=at)
    coming = Enrolment.objects.bulk_create(coming, batch_size=500)
    Requirement.objects.bulk_create(
        _requirements(coming, _items({row.curriculum_id for row in coming})), batch_size=1000
    )
    record_many(
        [
            Entry("enrolment.created", row, changed({}, snapshot(row, ["user", "curriculum", "assignment"])), row.line_id)
            for row in coming
        ],
        by=by, at=at,
    )  # fmt: skip
    _note([*coming, *leaving], at)
    return Synced(len(coming), len(leaving))


def _note(rows: Iterable[Enrolment], at: datetime) -> None:
    lines: set[int | None] = {row.line_id for row in rows}
    note_facts([(line, "training") for line in lines | {None}] if lines else [], at=at)


def _withdraw(rows: Sequence[Enrolment], *, by: Actor, at: datetime, why: str = "") -> None:
    if not rows:
        return
    for row in rows:
        row.withdrawn_at, row.updated_at, row.revision = max(at, row.enrolled_at), at, row.revision + 1
    Enrolment.objects.bulk_update(rows, ["withdrawn_at", "updated_at", "revision"], batch_size=500)
    # A withdrawn enrolment asks for nothing; what it asked for is told by its curriculum's history.
    ids = [row.pk for row in rows]
    for start in range(0, len(ids), _CHUNK):
        Requirement.objects.filter(enrolment_id__in=ids[start : start + _CHUNK]).delete()
    record_many(
        [Entry("enrolment.withdrawn", row, {"withdrawn_at": [None, row.withdrawn_at]}, row.line_id) for row in rows],
        by=by, at=at, why=why,
    )  # fmt: skip


def role_changed(assignment_ids: list[int], *, by: Actor, at: datetime) -> None:
    """Follow roles that were given or ended (see `coe.registries.role_changed`)."""
    sync_enrolments(by=by, at=at, assignment_ids=assignment_ids)


def due_days_of(curriculum: Curriculum) -> dict[int, int]:
    """Course → days after enrolment."""
    return dict(_items([curriculum.pk]).get(curriculum.pk, ()))


def refresh_requirements(curriculum: Curriculum, *, was: dict[int, int], at: datetime) -> None:
    """Bring what open enrolments ask for into line with the curriculum's courses; `was` is `due_days_of` before the change.

    A course that is new is due counted from now. A due day that is not past moves with its course's; none moves into the past.
    """
    days = due_days_of(curriculum)
    open_now = list(Enrolment.objects.open().filter(curriculum=curriculum))
    Requirement.objects.filter(enrolment__curriculum=curriculum).exclude(course_id__in=days).delete()
    moved = []
    shifts = {course: timedelta(days=days[course] - was[course]) for course in days.keys() & was.keys()}
    shifted = [course for course, shift in shifts.items() if shift]
    for row in Requirement.objects.filter(
        enrolment__curriculum=curriculum, course_id__in=shifted, due_at__gt=at
    ):
        row.due_at = max(at, row.due_at + shifts[row.course_id])
        moved.append(row)
    Requirement.objects.bulk_update(moved, ["due_at"], batch_size=500)
    Requirement.objects.bulk_create(
        [
            Requirement(
                enrolment=one, user_id=one.user_id, course_id=course, due_at=max(at, one.enrolled_at) + timedelta(days=due)
            )
            for one in open_now
            for course, due in days.items()
            if course not in was
        ],
        batch_size=1000,
    )  # fmt: skip


@transaction.atomic
def enrol_person(
    person: User,
    *,
    by: Actor,
    at: datetime,
    curriculum: Curriculum | None = None,
    course: Course | None = None,
    line: BusinessLine | None = None,
    due_at: datetime | None = None,
    why: str = "",
) -> Enrolment:
    """Enrol a person by hand in a curriculum or in one course, on behalf of a line.

    :raises Invalid: not exactly one of curriculum and course, or a due date that is past. :raises Duplicate: they are enrolled.
    :raises WrongState: the person is inactive, or what they should learn is archived.
    """
    if (curriculum is None) == (course is None):
        raise Invalid.one("course", "one_of", _("Choose a curriculum or a course, not both."))
    if due_at is not None and due_at < at:
        raise Invalid.one("due_at", "in_past", _("Choose a day that is not past."))
    person = locked(person)
    if not person.is_active:
        raise WrongState(_("%(name)s is inactive.") % {"name": person})
    if curriculum is not None and curriculum.archived_at is not None:
        raise WrongState(_("%(curriculum)s is archived.") % {"curriculum": curriculum.code})
    if course is not None and course.retired_at is not None:
        raise WrongState(_("%(course)s is retired.") % {"course": course.code})
    same: dict[str, Any] = {"curriculum": curriculum} if curriculum is not None else {"course": course}
    if Enrolment.objects.open().filter(user=person, assignment__isnull=True, **same).exists():
        raise Duplicate.one("person", "duplicate", _("%(name)s is enrolled already.") % {"name": person})
    enrolment = Enrolment.objects.create(
        user=person,
        curriculum=curriculum,
        course=course,
        line=line,
        enrolled_at=at,
        created_at=at,
        updated_at=at,
    )
    if curriculum is not None:
        rows = _requirements([enrolment], _items([curriculum.pk]))
        for row in rows:
            row.due_at = due_at or row.due_at
    else:
        due = due_at or at + timedelta(days=COURSE_DUE_DAYS)
        rows = [Requirement(enrolment=enrolment, user=person, course=course, due_at=due)]
    Requirement.objects.bulk_create(rows)
    record("enrolment.created", enrolment, by=by, at=at, changes=changed({}, snapshot(enrolment)), why=why)
    _note([enrolment], at)
    if by.user_id != person.pk:
        _tell(enrolment, min((row.due_at for row in rows), default=None), by=by, at=at)
    return enrolment


def _tell(enrolment: Enrolment, due_at: datetime | None, *, by: Actor, at: datetime) -> None:
    """Say to whoever was enrolled by hand what they are enrolled in; a role tells by itself what it asks for."""
    person, subject = enrolment.user, enrolment.curriculum or enrolment.course
    assert subject is not None
    with override(person.language):
        lines = [_("%(who)s enrolled you.") % {"who": by.label}]
        if due_at is not None:
            day = date_format(due_at.astimezone(ZoneInfo(person.time_zone)).date())
            lines.append(_("The first course is due on %(day)s.") % {"day": day})
        message = Message(
            key=f"training.enrolled:{enrolment.public_id}",
            channel=INBOX,
            recipient=person,
            kind="training.enrolled",
            subject=_("You are enrolled in %(title)s") % {"title": subject.title},
            body="\n".join(lines),
            url=subject.get_absolute_url(),
        )
    enqueue_many([message], at=at)


@transaction.atomic
def withdraw_enrolment(
    enrolment: Enrolment, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Enrolment:
    """End an enrolment made by hand.

    :raises WrongState: it has ended, or a role causes it (then the role must end).
    """
    enrolment = locked(enrolment, expected_revision=expected_revision)
    if enrolment.withdrawn_at is not None:
        raise WrongState(_("This enrolment has ended already."))
    if enrolment.assignment_id is not None:
        raise WrongState(_("A role asks for this curriculum. End the role, or change the curriculum."))
    _withdraw([enrolment], by=by, at=at, why=why)
    _note([enrolment], at)
    return enrolment
