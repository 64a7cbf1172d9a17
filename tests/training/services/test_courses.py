"""Courses and their versions: what can be written, published, and never changed again."""

import datetime as dt

import pytest

from coe.errors import Duplicate, Invalid, Protected, Stale, WrongState
from coe.models import ChangeEvent
from tests.training.world import BY, curriculum, drafted, lesson, question, taught
from training.enums.training import VersionState
from training.models import Course, CourseVersion, Lesson, Question
from training.services.courses import create_course, edit_course, retire_course
from training.services.versions import draft_version, edit_version, publish_version

pytestmark = pytest.mark.django_db


def codes(error: pytest.ExceptionInfo) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.value.problems]


def test_a_course_without_an_activity_id_gets_one_of_its_own(at: dt.datetime) -> None:
    course = create_course(code="FND", titles={"en": " Foundation "}, by=BY, at=at)

    assert (course.activity_id, course.titles, course.modes) == (
        "urn:coe-hub:course:fnd", {"en": "Foundation"}, ["self_paced"],
    )  # fmt: skip
    assert ChangeEvent.objects.get(object_id=course.public_id).action == "course.created"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"code": "F ND"}, [("code", "code_form")]),
        ({"titles": {}}, [("titles", "blank")]),
        ({"titles": {"en": " "}}, [("titles", "required")]),
        ({"titles": {"de": "Grundlagen", "en": "x"}}, [("titles/de", "language_unknown")]),
        ({"titles": {"en": 5}}, [("titles/en", "text_expected"), ("titles", "required")]),
        ({"modes": ["by_post"]}, [("modes", "modes_unknown")]),
        ({"modes": []}, [("modes", "blank")]),
        ({"activity_id": "no iri"}, [("activity_id", "iri_expected")]),
        ({"validity_months": 0}, [("validity_months", "out_of_range")]),
        ({"renewal_days": 400}, [("renewal_days", "out_of_range")]),
        ({"state": "x"}, [("state", "field_unknown")]),
    ],
)
def test_what_is_no_course_is_refused_field_by_field(fields: dict, expected: list, at: dt.datetime) -> None:
    with pytest.raises(Invalid) as error:
        create_course(**{"code": "FND", "titles": {"en": "x"}, "by": BY, "at": at, **fields})

    assert codes(error) == expected
    assert (Course.objects.count(), ChangeEvent.objects.count()) == (0, 0)


def test_code_and_activity_id_belong_to_one_course(at: dt.datetime) -> None:
    first = create_course(code="FND", titles={"en": "x"}, activity_id="https://lms/1", by=BY, at=at)

    with pytest.raises(Duplicate):
        create_course(code="fnd", titles={"en": "x"}, by=BY, at=at)
    with pytest.raises(Duplicate):
        create_course(code="PRA", titles={"en": "x"}, activity_id="https://lms/1", by=BY, at=at)
    edit_course(first, changes={"activity_id": "https://lms/1", "validity_months": 6}, by=BY, at=at)

    assert Course.objects.get().validity_months == 6


def test_an_edit_that_changes_nothing_writes_nothing_and_an_old_one_is_refused(at: dt.datetime) -> None:
    course = create_course(code="FND", titles={"en": "x"}, by=BY, at=at)

    edit_course(course, changes={"titles": {"en": "x"}}, by=BY, at=at)
    with pytest.raises(Stale):
        edit_course(course, changes={"titles": {"en": "y"}}, by=BY, at=at, expected_revision=7)

    assert Course.objects.get().revision == 1
    assert ChangeEvent.objects.count() == 1


def test_the_next_version_starts_as_a_copy_and_takes_the_place_of_the_last(at: dt.datetime) -> None:
    first = taught()
    second = draft_version(first.course, by=BY, at=at)

    assert (second.number, second.lessons.count(), second.questions.count(), second.pass_mark) == (
        2,
        2,
        4,
        75,
    )
    publish_version(second, by=BY, at=at)
    first.refresh_from_db()
    assert (first.state, first.retired_at) == (VersionState.RETIRED, at)
    assert CourseVersion.objects.published().get().number == 2
    assert Course.objects.get().reviewed_on == at.date()


def test_a_course_has_one_draft_and_what_is_published_never_changes(at: dt.datetime) -> None:
    version = taught()
    draft_version(version.course, by=BY, at=at)

    with pytest.raises(WrongState):
        draft_version(version.course, by=BY, at=at)
    with pytest.raises(WrongState):
        edit_version(version, changes={"pass_mark": 10}, by=BY, at=at)
    with pytest.raises(WrongState):
        publish_version(version, by=BY, at=at)

    version.refresh_from_db()
    assert version.pass_mark == 75


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"correct": []}, [("questions/0/correct", "correct_unknown")]),
        ({"correct": ["z"]}, [("questions/0/correct", "correct_unknown")]),
        ({"correct": ["a", "b"]}, [("questions/0/correct", "correct_count")]),
        ({"kind": "essay"}, [("questions/0/kind", "kind_unknown")]),
        ({"key": "Ä"}, [("questions/0/key", "key_form")]),
        ({"texts": {}}, [("questions/0/texts", "required")]),
        ({"choices": [{"key": "a", "texts": {"en": "x"}}]}, [("questions/0/choices", "choices_count"),
          ("questions/0/correct", "correct_unknown")]),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused_whole(
    changed: dict, expected: list, at: dt.datetime
) -> None:
    version = draft_version(create_course(code="FND", titles={"en": "x"}, by=BY, at=at), by=BY, at=at)

    with pytest.raises(Invalid) as error:
        edit_version(
            version, changes={}, lessons=[lesson(1)], questions=[question(1, **changed)], by=BY, at=at
        )

    assert codes(error) == expected
    assert (Question.objects.count(), Lesson.objects.count()) == (0, 0)


def test_two_questions_of_one_key_are_refused(at: dt.datetime) -> None:
    version = draft_version(create_course(code="FND", titles={"en": "x"}, by=BY, at=at), by=BY, at=at)

    with pytest.raises(Invalid) as error:
        edit_version(version, changes={}, questions=[question(1), question(1)], by=BY, at=at)

    assert codes(error) == [("questions/1/key", "doubled")]


def test_a_draft_is_published_when_it_can_be_taken(at: dt.datetime) -> None:
    course = create_course(code="FND", titles={"en": "x"}, by=BY, at=at)
    version = draft_version(course, by=BY, at=at)
    with pytest.raises(Invalid) as error:
        publish_version(version, by=BY, at=at)
    assert codes(error) == [("objectives", "required"), ("lessons/", "required"), ("questions", "required")]

    edit_version(
        version, changes={"objectives": {"en": ["x"]}, "drawn": 3}, lessons=[lesson(1)], questions=[question(1)], by=BY, at=at
    )  # fmt: skip
    with pytest.raises(Invalid) as error:
        publish_version(version, by=BY, at=at)
    assert codes(error) == [("drawn", "bank_too_small")]

    edit_version(version, changes={"drawn": 1}, by=BY, at=at)
    assert publish_version(version, by=BY, at=at).state == VersionState.PUBLISHED


def test_a_course_taken_elsewhere_needs_no_quiz(at: dt.datetime) -> None:
    course = create_course(code="LIVE", titles={"en": "x"}, modes=["session"], by=BY, at=at)
    version = draft_version(course, by=BY, at=at)
    edit_version(version, changes={"objectives": {"en": ["x"]}}, by=BY, at=at)

    assert publish_version(version, by=BY, at=at).state == VersionState.PUBLISHED


def test_a_course_that_a_curriculum_asks_for_is_not_retired(at: dt.datetime) -> None:
    version = taught()
    curriculum("path", version.course)

    with pytest.raises(Protected) as error:
        retire_course(version.course, by=BY, at=at)
    assert error.value.extra == {"blockers": ["path"]}

    other = taught("PRA").course
    retire_course(other, by=BY, at=at)
    assert set(other.versions.values_list("state", "retired_at")) == {(VersionState.RETIRED, at)}
    with pytest.raises(WrongState):
        retire_course(other, by=BY, at=at)
    with pytest.raises(WrongState):
        drafted(other)
