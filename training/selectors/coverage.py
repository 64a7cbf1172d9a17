"""Coverage: of the people whose roles ask for a curriculum, how many hold a valid certificate of each of its courses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from coe.enums.roles import Permission
from coe.models import BusinessLine, User
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, lines_in_scope, scoped
from training.models import Certificate, Course, Curriculum, Enrolment, Requirement


@dataclass(frozen=True)
class Cell:
    """A line (with all lines below it) and a curriculum: people enrolled, of them complete, of them late with something."""

    people: int
    complete: int
    overdue: int

    @property
    def share(self) -> float:
        """How many are complete, 0 to 1."""
        return self.complete / self.people


@dataclass
class Learner:
    """A person of a cell, and what they lack: (course, due) each, the longest overdue first."""

    person: User
    lines: list[str] = field(default_factory=list)
    lacks: list[tuple[Course, datetime]] = field(default_factory=list)
    is_overdue: bool = False


def lacking(at: datetime) -> QuerySet[Requirement]:
    """Requirements whose person holds no valid certificate of the course.

    `since` is when it was, or will be, due: the day of the requirement, or later the end of the last certificate they held.
    """
    own = Certificate.objects.filter(user_id=OuterRef("user_id"), course_id=OuterRef("course_id"))
    last = (
        own.filter(revoked_at__isnull=True, expires_at__isnull=False)
        .order_by("-expires_at")
        .values("expires_at")[:1]
    )
    return Requirement.objects.filter(~Exists(own.valid(at))).annotate(
        since=Greatest("due_at", Coalesce(Subquery(last), "due_at"))
    )


def owed_courses(enrolments: QuerySet[Enrolment], *, at: datetime) -> QuerySet[Course]:
    """What these enrolments ask for and their people hold no valid certificate of."""
    gaps = lacking(at).filter(enrolment__in=enrolments)
    return Course.objects.filter(pk__in=gaps.values("course_id")).order_by("code_key")


def enrolments_in_scope(principal: Principal) -> QuerySet[Enrolment]:
    """Open enrolments in live curricula on the caller's lines; those of no line are the hub's to see."""
    live = Enrolment.objects.open().filter(curriculum__archived_at__isnull=True)
    return scoped(live, principal)


def may_see_people(principal: Principal, lines: Iterable[int]) -> set[int | None]:
    """The lines behind whose cells the caller sees who it is: all of them and the company (None) for the hub, else where they keep
    training records.
    """
    asked: set[int | None] = set(lines)
    if principal.sees_all:
        return asked | {None}
    led = allowed_lines(principal, Permission.RECORD_TRAINING).filter(pk__in=asked)
    return set(led.values_list("pk", flat=True))


def _judged(enrolments: QuerySet[Enrolment], at: datetime) -> QuerySet[Enrolment]:
    missing = lacking(at).filter(enrolment=OuterRef("pk"))
    return enrolments.annotate(lacks=Exists(missing), late=Exists(missing.filter(due_at__lte=at)))


_SUMS: dict[str, Any] = {
    "people": Count("user_id", distinct=True),
    "incomplete": Count("user_id", distinct=True, filter=Q(lacks=True)),
    "overdue": Count("user_id", distinct=True, filter=Q(late=True)),
}


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(row["people"], row["people"] - row["incomplete"], row["overdue"])


def coverage(
    principal: Principal, *, at: datetime, lines: Iterable[int] | None = None
) -> dict[tuple[int | None, int], Cell]:
    """(line, curriculum) → cell, for lines in scope; None is the company as a whole, told to those who see all (two queries).

    A person with two roles counts once in each line above them.
    """
    judged = _judged(enrolments_in_scope(principal).filter(curriculum__isnull=False), at)
    shown = lines_in_scope(principal)
    if lines is not None:
        shown = shown.filter(pk__in=list(lines))
    by_line = (
        judged.filter(line__ancestor_links__ancestor__in=shown)
        .values("curriculum_id", above=F("line__ancestor_links__ancestor_id"))
        .annotate(**_SUMS)
        .order_by()
    )
    cells: dict[tuple[int | None, int], Cell] = {
        (row["above"], row["curriculum_id"]): _cell(row) for row in by_line
    }
    if principal.sees_all:
        whole = judged.values("curriculum_id").annotate(**_SUMS).order_by()
        cells |= {(None, row["curriculum_id"]): _cell(row) for row in whole}
    return cells


def learners(
    curriculum: Curriculum, *, principal: Principal, at: datetime, line: BusinessLine | None = None
) -> QuerySet[User]:
    """The people of a cell, those who are late first, then those who lack something."""
    enrolments = enrolments_in_scope(principal).filter(curriculum=curriculum)
    if line is not None:
        enrolments = enrolments.filter(line__ancestor_links__ancestor=line)
    missing = lacking(at).filter(user=OuterRef("pk"), enrolment__in=enrolments.values("pk"))
    return (
        User.objects.filter(pk__in=enrolments.values("user_id"))
        .annotate(lacks=Exists(missing), late=Exists(missing.filter(due_at__lte=at)))
        .order_by("-late", "-lacks", "name", "email", "id")
    )


def with_gaps(
    people: Iterable[User], *, curriculum: Curriculum, principal: Principal, at: datetime
) -> list[Learner]:
    """The people of a page with what each lacks of a curriculum (two queries)."""
    found = {person.pk: Learner(person) for person in people}
    enrolments = enrolments_in_scope(principal).filter(curriculum=curriculum, user_id__in=found)
    for user, name in enrolments.values_list("user_id", "line__name").order_by("line__code_key", "id"):
        if name and name not in found[user].lines:
            found[user].lines.append(name)
    gaps = lacking(at).filter(enrolment__in=enrolments.values("pk")).select_related("course")
    for gap in gaps.order_by("since", "course__code_key", "id"):
        one = found[gap.user_id]
        if all(course.pk != gap.course_id for course, _due in one.lacks):
            one.lacks.append((gap.course, gap.since))
            one.is_overdue |= gap.since <= at
    return list(found.values())
