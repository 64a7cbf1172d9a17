"""Drafts, edits and publishes course versions. A published version never changes; a new one takes its place."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem, WrongState
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, save_changed
from training.enums.training import VersionState
from training.models import Course, CourseVersion, Lesson, Question
from training.selectors.versions import unready
from training.services.quiz_content import clean_lessons, clean_questions
from training.services.texts import clean_lists

EDITABLE = frozenset(
    {"objectives", "duration_minutes", "pass_mark", "drawn", "attempts_allowed", "is_shuffled", "change_note"}
)

MOST_ATTEMPTS = 100


def _copy(rows: Iterable[Any], version: CourseVersion, at: datetime) -> list[Any]:
    skipped = {"id", "public_id", "version", "created_at", "updated_at", "revision"}
    return [
        type(row)(
            version=version,
            created_at=at,
            updated_at=at,
            **{f.name: getattr(row, f.name) for f in row._meta.concrete_fields if f.name not in skipped},
        )
        for row in rows
    ]


@transaction.atomic
def draft_version(course: Course, *, by: Actor, at: datetime, why: str = "") -> CourseVersion:
    """Open the next version: a copy of the newest one, or an empty one for a course without any.

    :raises WrongState: the course is retired, or has a draft already.
    """
    course = locked(course)
    if course.retired_at is not None:
        raise WrongState(_("%(course)s is retired.") % {"course": course.code})
    if CourseVersion.objects.filter(course=course, state=VersionState.DRAFT).exists():
        raise WrongState(_("%(course)s has a draft already; edit that one.") % {"course": course.code})
    last = CourseVersion.objects.filter(course=course).order_by("-number").first()
    version = CourseVersion(
        course=course, number=last.number + 1 if last else 1, created_at=at, updated_at=at
    )
    if last is not None:
        for name in EDITABLE - {"change_note"}:
            setattr(version, name, getattr(last, name))
    version.save(force_insert=True)
    if last is not None:
        Lesson.objects.bulk_create(_copy(last.lessons.order_by("order"), version, at))
        Question.objects.bulk_create(_copy(last.questions.order_by("order"), version, at))
    record("course_version.drafted", version, by=by, at=at, changes=changed({}, snapshot(version)), why=why)
    return version


def _checked(values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    if "objectives" in values:
        values["objectives"] = clean_lists("objectives", value=values["objectives"], problems=problems)
    for name, low, high in (("pass_mark", 1, 100), ("drawn", 1, 200), ("duration_minutes", 0, 10_000)):
        if name in values and not low <= values[name] <= high:
            message = _("Choose %(low)d to %(high)d.") % {"low": low, "high": high}
            problems.append(Problem(name, "out_of_range", message))
    if values.get("attempts_allowed") == 0:
        problems.append(Problem("attempts_allowed", "out_of_range", _("Allow one attempt at least.")))
    elif (values.get("attempts_allowed") or 0) > MOST_ATTEMPTS:
        message = _("Choose %(low)d to %(high)d.") % {"low": 1, "high": MOST_ATTEMPTS}
        problems.append(Problem("attempts_allowed", "out_of_range", message))
    return values


@transaction.atomic
def edit_version(
    version: CourseVersion,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    lessons: Iterable[Mapping[str, Any]] | None = None,
    questions: Iterable[Mapping[str, Any]] | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> CourseVersion:
    """Change a draft. `lessons` and `questions`, when given, replace all there are, in this order.

    :raises WrongState: it is no draft. :raises Invalid: a part is wrong; each problem names its place.
    :raises Stale: `expected_revision` is old.
    """
    version = locked(version, expected_revision=expected_revision)
    if version.state != VersionState.DRAFT:
        raise WrongState(
            _("Version %(number)d is published and never changes. Draft a new one.")
            % {"number": version.number}
        )
    problems: list[Problem] = []
    values = _checked(clean_values(CourseVersion, values=changes, allowed=EDITABLE), problems)
    lesson_rows = None if lessons is None else clean_lessons(lessons, problems=problems)
    question_rows = None if questions is None else clean_questions(questions, problems=problems)
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    before = snapshot(version)
    for name, value in values.items():
        setattr(version, name, value)
    difference = changed(before, snapshot(version))
    for name, model, rows in (("lessons", Lesson, lesson_rows), ("questions", Question, question_rows)):
        if rows is None:
            continue
        old = model.objects.filter(version=version)
        difference[name] = [old.count(), len(rows)]
        old.delete()
        for row in rows:
            row.version, row.created_at, row.updated_at = version, at, at
        model.objects.bulk_create(rows)
    if difference:
        save_changed(version, fields=values, at=at)
        record("course_version.updated", version, by=by, at=at, changes=difference, why=why)
    return version


@transaction.atomic
def discard_draft(
    version: CourseVersion, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> None:
    """Take a draft away; all that it said stays in the history. Its number is free again, for nobody ever learned it.

    :raises WrongState: it is no draft. :raises NotFound: it is gone. :raises Stale: `expected_revision` is old.
    """
    locked(version.course)
    version = locked(version, expected_revision=expected_revision)
    if version.state != VersionState.DRAFT:
        raise WrongState(
            _("Version %(number)d is published and stays. Draft a new one.") % {"number": version.number}
        )
    said = snapshot(version)
    for name in ("lessons", "questions"):
        said[name] = [snapshot(row) for row in getattr(version, name).order_by("order")]
    record("course_version.discarded", version, by=by, at=at, changes=changed(said, {}), why=why)
    version.lessons.all().delete()
    version.questions.all().delete()
    version.delete()


@transaction.atomic
def publish_version(
    version: CourseVersion, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> CourseVersion:
    """Teach a draft from now on; the version taught so far is retired. Attempts under way are finished on the old one.

    :raises WrongState: it is no draft, or the course is retired. :raises Invalid: something is missing; each problem says what.
    """
    course = locked(version.course)
    version = locked(version, expected_revision=expected_revision)
    if course.retired_at is not None:
        raise WrongState(_("%(course)s is retired.") % {"course": course.code})
    if version.state != VersionState.DRAFT:
        raise WrongState(_("Only a draft can be published."))
    problems = unready(version)
    if problems:
        raise Invalid(_("The version cannot be published yet."), problems=tuple(problems))
    CourseVersion.objects.filter(course=course, state=VersionState.PUBLISHED).update(
        state=VersionState.RETIRED, retired_at=at, updated_at=at
    )
    version.state, version.published_at = VersionState.PUBLISHED, at
    save_changed(version, fields=["state", "published_at"], at=at)
    course.reviewed_on = at.date()
    save_changed(course, fields=["reviewed_on"], at=at)
    record(
        "course_version.published",
        version,
        by=by,
        at=at,
        changes={"state": [VersionState.DRAFT, VersionState.PUBLISHED]},
        why=why,
    )
    note_facts([(None, "training")], at=at)
    return version
