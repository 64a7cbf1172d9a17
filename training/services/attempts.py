"""Reading lessons and sitting a quiz. An attempt keeps its own copy of the questions it drew."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import SystemRandom
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext as _

from coe.errors import Invalid, Problem, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import locked, save_changed
from training.enums.training import CompletionSource, CourseMode, VersionState
from training.models import (
    Attempt,
    Certificate,
    Completion,
    Course,
    CourseVersion,
    CurriculumItem,
    Lesson,
    LessonReading,
)
from training.models.texts import said
from training.rules.quizzes import draw, mark, wrong_answers
from training.rules.validity import renewal_opens
from training.services.completions import Finished, record_completion


def read_lesson(lesson: Lesson, *, person: User, at: datetime) -> None:
    """Note that a person has read a lesson; a second time changes nothing. No history: it is a bookmark, not a record."""
    LessonReading.objects.bulk_create(
        [LessonReading(user=person, lesson=lesson, at=at)], ignore_conflicts=True
    )


def missing_before(course: Course, *, person: User) -> list[Course]:
    """Courses that the person's curricula ask for before this one, and that they have not completed."""
    items = CurriculumItem.objects.filter(
        course=course,
        curriculum__enrolments__user=person,
        curriculum__enrolments__withdrawn_at__isnull=True,
    )
    done = Completion.objects.standing().filter(user=person).values("course_id")
    asked = Course.objects.filter(curriculum_items_after__in=items).exclude(pk__in=done)
    return list(asked.distinct().order_by("code_key"))


def held_until(course: Course, *, person: User, at: datetime) -> Certificate | None:
    """The person's longest certificate of a course that is valid now."""
    return Certificate.objects.valid(at).longest().filter(user=person, course=course).first()


def attempts_left(version: CourseVersion, *, person: User) -> int | None:
    """How many attempts a person has left since they last passed; None without a limit."""
    if version.attempts_allowed is None:
        return None
    passed = (
        Completion.objects.standing()
        .filter(user=person, version=version, attempt__isnull=False)
        .order_by("-achieved_at")
        .values_list("attempt__started_at", flat=True)
        .first()
    )
    used = Attempt.objects.counting().filter(user=person, version=version)
    if passed is not None:
        used = used.filter(started_at__gt=passed)
    return max(0, version.attempts_allowed - used.count())


def _refuse(version: CourseVersion, person: User, at: datetime) -> None:
    course = version.course
    if course.retired_at is not None or version.state != VersionState.PUBLISHED:
        raise WrongState(_("This version is not taught. Open the course to see the one that is."))
    if CourseMode.SELF_PACED not in course.modes:
        raise WrongState(_("This course has no quiz: it is taken in a session or another learning system."))
    held = held_until(course, person=person, at=at)
    if held is not None and held.expires_at is None:
        raise WrongState(_("You hold this certificate, and it never expires."))
    if held is not None and renewal_opens(held.expires_at, course.renewal_days) > at:
        opens = renewal_opens(held.expires_at, course.renewal_days)
        raise WrongState(
            _("You hold this certificate. It can be renewed from %(day)s on.")
            % {"day": date_format(opens.astimezone(ZoneInfo(person.time_zone)).date())}
        )
    missing = missing_before(course, person=person)
    if missing:
        names = ", ".join(str(said(one.titles, get_language() or "en")) for one in missing)
        raise WrongState(_("Complete these courses first: %(courses)s.") % {"courses": names})
    if attempts_left(version, person=person) == 0:
        raise WrongState(_("All attempts are used up. Ask your line lead or the hub for another one."))


@transaction.atomic
def start_attempt(version: CourseVersion, *, person: User, by: Actor, at: datetime) -> Attempt:
    """Draw a quiz for a person; an attempt under way is given back instead.

    :raises WrongState: the version is not taught, courses before it are missing, attempts are used up, or the certificate they
        hold cannot be renewed yet; the message says when or how.
    """
    person = locked(person)
    version = CourseVersion.objects.select_related("course").get(pk=version.pk)
    under_way = Attempt.objects.open().filter(user=person, version__course=version.course).first()
    if under_way is not None:
        return under_way
    _refuse(version, person, at)
    bank = version.questions.order_by("order").values(
        "key", "kind", "texts", "choices", "correct", "explanations"
    )
    attempt = Attempt(
        user=person, version=version, started_at=at, pass_mark=version.pass_mark, created_at=at, updated_at=at,
        questions=draw(list(bank), version.drawn, is_shuffled=version.is_shuffled, chance=SystemRandom()),
    )  # fmt: skip
    attempt.save(force_insert=True)
    record("attempt.started", attempt, by=by, at=at, changes={"version": [None, version.number]})
    return attempt


def _cleaned(attempt: Attempt, answers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    words = {
        "question_unknown": _("This question is not part of the attempt."),
        "choice_unknown": _("This choice is not one of the question’s."),
        "one_answer_only": _("This question takes one answer only."),
    }
    clean: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for key, chosen in answers.items():
        if isinstance(chosen, str) or not all(isinstance(one, str) for one in chosen):
            problems.append(
                Problem(f"answers/{key}", "list_expected", _("Give the keys of the choices as a list."))
            )
        else:
            clean[str(key)] = sorted(set(chosen))
    problems += [
        Problem(f"answers/{key}", code, words[code]) for key, code in wrong_answers(attempt.questions, clean)
    ]
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return clean


def _open(attempt: Attempt) -> Attempt:
    attempt = locked(attempt)
    if attempt.submitted_at is not None:
        raise WrongState(_("This attempt is handed in already."))
    return attempt


@transaction.atomic
def save_answers(
    attempt: Attempt, *, answers: Mapping[str, Sequence[str]], by: Actor, at: datetime
) -> Attempt:
    """Keep answers of an attempt under way, so that a closed browser loses none; the others stay as they are.

    :raises WrongState: it is handed in. :raises Invalid: an answer cannot be one.
    """
    attempt = _open(attempt)
    attempt.answers = {**attempt.answers, **_cleaned(attempt, answers)}
    save_changed(attempt, fields=["answers"], at=at)
    return attempt


@transaction.atomic
def submit_attempt(
    attempt: Attempt, *, by: Actor, at: datetime, answers: Mapping[str, Sequence[str]] | None = None
) -> Attempt:
    """Hand an attempt in and mark it; whoever passes has completed the course, and holds its certificate.

    The questions are those drawn at its start, and so is the pass mark, whatever became of the quiz since.

    :raises WrongState: it is handed in. :raises Invalid: an answer cannot be one.
    """
    attempt = _open(attempt)
    before = snapshot(attempt, ["submitted_at", "score", "is_passed"])
    attempt.answers = {**attempt.answers, **_cleaned(attempt, answers or {})}
    attempt.submitted_at = at
    attempt.score = mark(attempt.questions, attempt.answers)
    attempt.is_passed = attempt.score >= attempt.pass_mark * 100
    save_changed(attempt, fields=["answers", "submitted_at", "score", "is_passed"], at=at)
    after = snapshot(attempt, ["submitted_at", "score", "is_passed"])
    record("attempt.submitted", attempt, by=by, at=at, changes=changed(before, after))
    if attempt.is_passed:
        version = CourseVersion.objects.select_related("course").get(pk=attempt.version_id)
        finished = Finished(
            attempt.user, version, at, CompletionSource.QUIZ, f"quiz:{attempt.public_id}", score=attempt.score,
            attempt=attempt,
        )  # fmt: skip
        record_completion(finished, by=by, at=at)
    return attempt


@transaction.atomic
def forgive_attempts(version: CourseVersion, *, person: User, by: Actor, at: datetime, why: str = "") -> int:
    """Let a person start counting anew: attempts handed in so far no longer use up the number allowed. Returns how many."""
    rows = list(
        Attempt.objects.select_for_update(of=("self",))
        .counting()
        .filter(user=person, version=version, submitted_at__isnull=False)
        .select_related("user", "version__course")
        .order_by("pk")
    )
    for row in rows:
        row.forgiven_at, row.updated_at, row.revision = at, at, row.revision + 1
    Attempt.objects.bulk_update(rows, ["forgiven_at", "updated_at", "revision"], batch_size=500)
    record_many(
        [Entry("attempt.forgiven", row, {"forgiven_at": [None, at]}) for row in rows], by=by, at=at, why=why
    )
    return len(rows)
