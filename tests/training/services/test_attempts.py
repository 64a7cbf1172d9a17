"""Sitting a quiz: frozen questions, marks, attempts, prerequisites and the window of renewal."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import User
from tests.factories import RoleFactory, UserFactory
from tests.training.world import BY, curriculum, drafted, finished, question, taught
from training.models import Attempt, Certificate, Completion, CourseVersion
from training.services.attempts import (
    attempts_left,
    forgive_attempts,
    read_lesson,
    save_answers,
    start_attempt,
    submit_attempt,
)
from training.services.completions import record_completion
from training.services.curricula import Item
from training.services.enrolments import sync_enrolments
from training.services.versions import edit_version, publish_version

pytestmark = pytest.mark.django_db
RIGHT = {f"q{n}": ["a"] for n in range(1, 5)}
HALF = {"q1": ["a"], "q2": ["a"], "q3": ["b"]}


def sat(version: CourseVersion, person: User, at: dt.datetime, answers: dict | None = None) -> Attempt:
    attempt = start_attempt(version, person=person, by=BY, at=at)
    return submit_attempt(attempt, answers=RIGHT if answers is None else answers, by=BY, at=at)


def test_whoever_passes_has_completed_the_course_and_holds_its_certificate(at: dt.datetime) -> None:
    person, version = UserFactory(), taught()

    attempt = sat(version, person, at)

    completion = Completion.objects.get()
    certificate = Certificate.objects.get()
    assert (attempt.score, attempt.is_passed, attempt.submitted_at) == (10_000, True, at)
    assert (completion.user, completion.version, completion.source, completion.attempt, completion.score) == (
        person, version, "quiz", attempt, 10_000,
    )  # fmt: skip
    assert (certificate.completion, certificate.issued_at, certificate.expires_at) == (
        completion, at, at.replace(year=at.year + 1),
    )  # fmt: skip


def test_whoever_fails_has_not_and_sees_the_score(at: dt.datetime) -> None:
    attempt = sat(taught(), UserFactory(), at, HALF)

    assert (attempt.score, attempt.is_passed) == (5000, False)
    assert not Completion.objects.exists()


def test_a_quiz_edited_meanwhile_changes_nothing_about_an_attempt_under_way(at: dt.datetime) -> None:
    person, version = UserFactory(), taught(is_shuffled=False)
    attempt = start_attempt(version, person=person, by=BY, at=at)
    later = at + dt.timedelta(hours=1)
    draft = drafted(version.course, at=later, pass_mark=100)
    edit_version(
        draft, changes={}, questions=[question(n, correct=["c"]) for n in range(1, 5)], by=BY, at=later
    )
    publish_version(draft, by=BY, at=later)

    assert start_attempt(draft, person=person, by=BY, at=later) == attempt
    done = submit_attempt(attempt, answers={**RIGHT, "q4": ["b"]}, by=BY, at=later + dt.timedelta(hours=1))

    assert (done.score, done.pass_mark, done.is_passed) == (7500, 75, True)
    assert Completion.objects.get().version == version


def test_answers_are_kept_on_the_way_and_an_impossible_one_keeps_none(at: dt.datetime) -> None:
    attempt = start_attempt(taught(), person=UserFactory(), by=BY, at=at)
    save_answers(attempt, answers={"q1": ["a"]}, by=BY, at=at)
    save_answers(attempt, answers={"q2": ["b"]}, by=BY, at=at)

    with pytest.raises(Invalid) as error:
        save_answers(attempt, answers={"q3": ["z"], "q1": ["a", "b"], "q9": ["a"], "q2": "a"}, by=BY, at=at)

    assert sorted((p.field, p.code) for p in error.value.problems) == [
        ("answers/q1", "one_answer_only"), ("answers/q2", "list_expected"), ("answers/q3", "choice_unknown"),
        ("answers/q9", "question_unknown"),
    ]  # fmt: skip
    attempt.refresh_from_db()
    assert attempt.answers == {"q1": ["a"], "q2": ["b"]}


def test_an_attempt_is_handed_in_once(at: dt.datetime) -> None:
    attempt = sat(taught(), UserFactory(), at, HALF)

    with pytest.raises(WrongState):
        submit_attempt(attempt, answers=RIGHT, by=BY, at=at)
    with pytest.raises(WrongState):
        save_answers(attempt, answers=RIGHT, by=BY, at=at)

    attempt.refresh_from_db()
    assert attempt.score == 5000


def test_attempts_run_out_and_can_be_given_back(at: dt.datetime) -> None:
    person, version = UserFactory(), taught(attempts_allowed=2)
    for _round in range(2):
        sat(version, person, at, {})

    with pytest.raises(WrongState, match="used up"):
        start_attempt(version, person=person, by=BY, at=at)
    assert forgive_attempts(version, person=person, by=BY, at=at) == 2
    assert forgive_attempts(version, person=person, by=BY, at=at) == 0

    assert attempts_left(version, person=person) == 2
    assert sat(version, person, at).is_passed


def test_the_day_a_renewal_opens_is_the_person_s_own(at: dt.datetime) -> None:
    person, version = UserFactory(time_zone="Pacific/Auckland"), taught(renewal_days=0)
    sat(version, person, at.replace(hour=20))

    with pytest.raises(WrongState, match="24 Nov 2027"):
        sat(version, person, at + dt.timedelta(days=1))


def test_a_certificate_is_renewed_in_its_window_and_not_before(at: dt.datetime) -> None:
    person, version = UserFactory(), taught(attempts_allowed=1)
    sat(version, person, at)
    ends = Certificate.objects.get().expires_at

    with pytest.raises(WrongState, match="renewed from"):
        start_attempt(version, person=person, by=BY, at=ends - dt.timedelta(days=61))
    again = sat(version, person, ends - dt.timedelta(days=60))

    assert again.is_passed
    assert Certificate.objects.count() == 2


def test_a_certificate_for_ever_is_not_renewed(at: dt.datetime) -> None:
    person, version = UserFactory(), taught(validity_months=None)
    sat(version, person, at)

    with pytest.raises(WrongState, match="never expires"):
        start_attempt(version, person=person, by=BY, at=at + dt.timedelta(days=4000))


def test_courses_before_it_come_first(at: dt.datetime) -> None:
    first, second = taught("FND"), taught("ACM")
    items = [Item(first.course, 30), Item(second.course, 60, (first.course,))]
    curriculum("path", items=items, roles=(Role.VIEWER,))
    person = RoleFactory(role=Role.VIEWER).user
    sync_enrolments(by=BY, at=at)

    with pytest.raises(WrongState, match="Course FND"):
        start_attempt(second, person=person, by=BY, at=at)
    assert not Attempt.objects.exists()
    record_completion(finished(first, at, person), by=BY, at=at)

    assert start_attempt(second, person=person, by=BY, at=at).version == second


def test_a_course_without_a_quiz_and_a_draft_are_not_sat(at: dt.datetime) -> None:
    version = taught(modes=["session"])
    with pytest.raises(WrongState, match="no quiz"):
        start_attempt(version, person=UserFactory(), by=BY, at=at)
    with pytest.raises(WrongState, match="not taught"):
        start_attempt(drafted(version.course), person=UserFactory(), by=BY, at=at)


def test_a_lesson_is_read_once(at: dt.datetime) -> None:
    person, lesson = UserFactory(), taught().lessons.first()

    read_lesson(lesson, person=person, at=at)
    read_lesson(lesson, person=person, at=at + dt.timedelta(days=1))

    assert list(lesson.readings.values_list("user", "at")) == [(person.pk, at)]
