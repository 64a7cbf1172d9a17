"""Writes curricula. Whoever holds one of their roles is enrolled in the same transaction, and whoever no longer does is withdrawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.roles import Role
from coe.errors import Duplicate, Invalid, Problem, WrongState
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record
from coe.services.records import locked, save_changed
from training.models import Course, Curriculum, CurriculumItem, CurriculumRole
from training.services.courses import clean_code
from training.services.enrolments import due_days_of, refresh_requirements, sync_enrolments
from training.services.texts import LONGEST_TEXT, clean_texts

LONGEST_DUE = 3_660


@dataclass(frozen=True)
class Item:
    """A course of a curriculum as it is written: due so many days after enrolment, after other courses of the curriculum."""

    course: Course
    due_days: int = 30
    after: tuple[Course, ...] = ()


def _circle(items: Sequence[Item]) -> list[str]:
    """The codes of courses that wait for one another; empty when there are none."""
    waiting = {item.course.pk: {one.pk for one in item.after} for item in items}
    while free := [pk for pk, after in waiting.items() if not after & waiting.keys()]:
        for pk in free:
            del waiting[pk]
    return sorted(item.course.code for item in items if item.course.pk in waiting)


def _check_items(items: Sequence[Item]) -> None:
    problems: list[Problem] = []
    courses = [item.course.pk for item in items]
    if not items:
        problems.append(Problem("items", "required", _("A curriculum needs a course.")))
    for index, item in enumerate(items):
        where = f"items/{index}"
        if courses.index(item.course.pk) != index:
            problems.append(
                Problem(
                    f"{where}/course", "doubled", _("%(course)s stands twice.") % {"course": item.course.code}
                )
            )
        if item.course.retired_at is not None:
            message = _("%(course)s is retired.") % {"course": item.course.code}
            problems.append(Problem(f"{where}/course", "course_retired", message))
        if not 1 <= item.due_days <= LONGEST_DUE:
            message = _("Choose %(low)d to %(high)d.") % {"low": 1, "high": LONGEST_DUE}
            problems.append(Problem(f"{where}/due_days", "out_of_range", message))
        outside = [one.code for one in item.after if one.pk not in courses]
        if outside:
            message = _("A prerequisite must be a course of the same curriculum: %(codes)s.")
            problems.append(
                Problem(f"{where}/after", "after_outside", message % {"codes": ", ".join(outside)})
            )
    circle = _circle(items)
    if circle:
        message = _("These courses wait for one another: %(codes)s.") % {"codes": ", ".join(circle)}
        problems.append(Problem("items", "circle", message))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))


def _check_roles(roles: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(roles))
    for role in wanted:
        if role not in Role.values:
            raise Invalid.one("roles", "role_unknown", _("“%(role)s” is not a role.") % {"role": role})
    return sorted(wanted)


def _texts(titles: Any, summaries: Any) -> dict[str, Any]:
    problems: list[Problem] = []
    out = {}
    if titles is not None:
        out["titles"] = clean_texts("titles", value=titles, problems=problems)
    if summaries is not None:
        out["summaries"] = clean_texts(
            "summaries", value=summaries, problems=problems, is_required=False, most=LONGEST_TEXT
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return out


def told(curriculum: Curriculum) -> dict[str, Any]:
    """A curriculum with its parts as plain values, for the history (four queries)."""
    items = curriculum.items.order_by("order").select_related("course").prefetch_related("after")
    return {
        "titles": curriculum.titles,
        "summaries": curriculum.summaries,
        "roles": sorted(curriculum.roles.values_list("role", flat=True)),
        "lines": sorted(curriculum.lines.values_list("code", flat=True)),
        "items": [
            [item.course.code, item.due_days, sorted(one.code for one in item.after.all())] for item in items
        ],
    }


def _store(
    curriculum: Curriculum,
    *,
    roles: list[str] | None,
    lines: Iterable[BusinessLine] | None,
    items: Sequence[Item] | None,
) -> None:
    if roles is not None:
        curriculum.roles.all().delete()
        CurriculumRole.objects.bulk_create(
            [CurriculumRole(curriculum=curriculum, role=role) for role in roles]
        )
    if lines is not None:
        curriculum.lines.set(lines)
    if items is not None:
        curriculum.items.all().delete()
        rows = CurriculumItem.objects.bulk_create(
            [
                CurriculumItem(curriculum=curriculum, course=item.course, order=order, due_days=item.due_days)
                for order, item in enumerate(items, start=1)
            ]
        )
        CurriculumItem.after.through.objects.bulk_create(
            [
                CurriculumItem.after.through(curriculumitem_id=row.pk, course_id=one.pk)
                for row, item in zip(rows, items, strict=True)
                for one in item.after
            ]
        )


@transaction.atomic
def create_curriculum(
    *,
    code: str,
    titles: Mapping[str, str],
    items: Sequence[Item],
    by: Actor,
    at: datetime,
    summaries: Mapping[str, str] | None = None,
    roles: Iterable[str] = (),
    lines: Iterable[BusinessLine] = (),
    why: str = "",
) -> Curriculum:
    """Add a curriculum and enrol everybody who holds one of its roles.

    :raises Invalid: a part is wrong. :raises Duplicate: the code is taken.
    """
    code = clean_code(code)
    clean, roles = _texts(titles, summaries or {}), _check_roles(roles)
    _check_items(items)
    if Curriculum.objects.filter(code_key=code.casefold()).exists():
        raise Duplicate.one(
            "code", "duplicate", _("The curriculum %(code)s exists already.") % {"code": code}
        )
    curriculum = Curriculum(code=code, code_key=code.casefold(), created_at=at, updated_at=at, **clean)
    curriculum.save(force_insert=True)
    _store(curriculum, roles=roles, lines=list(lines), items=items)
    record("curriculum.created", curriculum, by=by, at=at, changes=changed({}, told(curriculum)), why=why)
    sync_enrolments(by=by, at=at, curriculum_ids=[curriculum.pk])
    note_facts([(None, "training")], at=at)
    return curriculum


@transaction.atomic
def edit_curriculum(
    curriculum: Curriculum,
    *,
    by: Actor,
    at: datetime,
    titles: Mapping[str, str] | None = None,
    summaries: Mapping[str, str] | None = None,
    roles: Iterable[str] | None = None,
    lines: Iterable[BusinessLine] | None = None,
    items: Sequence[Item] | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> Curriculum:
    """Change a curriculum; what is None stays. Enrolments follow, and a new course is due from today on, not from long ago.

    :raises WrongState: it is archived. :raises Invalid: a part is wrong. :raises Stale: `expected_revision` is old.
    """
    curriculum = locked(curriculum, expected_revision=expected_revision)
    if curriculum.archived_at is not None:
        raise WrongState(_("%(curriculum)s is archived.") % {"curriculum": curriculum.code})
    clean = _texts(titles, summaries)
    wanted = None if roles is None else _check_roles(roles)
    if items is not None:
        _check_items(items)
    before, was = told(curriculum), due_days_of(curriculum)
    for name, value in clean.items():
        setattr(curriculum, name, value)
    _store(curriculum, roles=wanted, lines=None if lines is None else list(lines), items=items)
    difference = changed(before, told(curriculum))
    if not difference:
        return curriculum
    # What people have edited is theirs: the loader of shipped paths leaves it alone from now on.
    curriculum.source_sha256 = ""
    save_changed(curriculum, fields=[*clean, "source_sha256"], at=at)
    record("curriculum.updated", curriculum, by=by, at=at, changes=difference, why=why)
    if "items" in difference:
        refresh_requirements(curriculum, was=was, at=at)
    sync_enrolments(by=by, at=at, curriculum_ids=[curriculum.pk])
    note_facts([(None, "training")], at=at)
    return curriculum


@transaction.atomic
def archive_curriculum(
    curriculum: Curriculum, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Curriculum:
    """Put a curriculum away and withdraw everybody from it; what they completed stays theirs.

    :raises WrongState: it is archived already.
    """
    curriculum = locked(curriculum, expected_revision=expected_revision)
    if curriculum.archived_at is not None:
        raise WrongState(_("%(curriculum)s is archived already.") % {"curriculum": curriculum.code})
    curriculum.archived_at = at
    save_changed(curriculum, fields=["archived_at"], at=at)
    record("curriculum.archived", curriculum, by=by, at=at, changes={"archived_at": [None, at]}, why=why)
    sync_enrolments(by=by, at=at, curriculum_ids=[curriculum.pk])
    note_facts([(None, "training")], at=at)
    return curriculum
