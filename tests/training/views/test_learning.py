"""What a learner does on the pages: find a course, read it, sit its quiz, hold its certificate."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from tests.training.world import BY, curriculum, finished, lesson, question, taught
from training.models import Attempt, Certificate, LessonReading
from training.services.completions import record_completion
from training.services.courses import create_course
from training.services.enrolments import sync_enrolments
from training.services.versions import draft_version, edit_version, publish_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(log_in, tree):
    """The browser of a viewer of Foods Europe."""
    return log_in(Role.VIEWER, tree.foods, name="Nora Neu", email="nora@example.com")


@pytest.mark.parametrize("count", [1, 3])
def test_my_courses_ask_the_same_questions_for_one_and_three(learner, count, at, django_assert_num_queries):
    versions = [taught(f"C{n}") for n in range(count)]
    curriculum("path", *[version.course for version in versions], roles=(Role.VIEWER,))
    sync_enrolments(by=BY, at=at)
    record_completion(finished(versions[0], at - dt.timedelta(days=400), learner.user), by=BY, at=at)
    learner.get("/training/")

    with django_assert_num_queries(8):
        page = learner.get("/training/")

    assert [one.course.code for one in page.context["owed"]] == [f"C{n}" for n in range(count)]
    assert (page.context["late"], page.context["owed"][0].state) == (1, "expired")


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_asks_the_same_questions_for_one_and_three(learner, count, django_assert_num_queries):
    for n in range(count):
        taught(f"C{n}")
    learner.get("/training/courses/")

    with django_assert_num_queries(10):
        page = learner.get("/training/courses/")

    assert [one.course.code for one in page.context["rows"]] == [f"C{n}" for n in range(count)]


def test_the_catalogue_finds_words_in_either_language_and_narrows_by_way(learner):
    taught("A", titles={"en": "Crisis drill", "fr": "Exercice de crise"})
    taught("B", modes=["self_paced"])

    for query, codes in (
        ("q=exercice", ["A"]),
        ("q=Cours+B", ["B"]),
        ("mode=session", ["A"]),
        ("q=nothing", []),
        ("mode=x", ["A", "B"]),
    ):
        page = learner.get(f"/training/courses/?{query}")
        assert [one.course.code for one in page.context["rows"]] == codes, query


def test_a_lesson_that_was_read_leads_to_the_next_and_the_last_to_the_course(learner):
    taught()

    assert learner.post("/training/courses/fnd/lessons/l1/").url == "/training/courses/FND/lessons/l2/"
    assert learner.post("/training/courses/FND/lessons/l2/").url == "/training/courses/FND/"
    assert LessonReading.objects.filter(user=learner.user).count() == 2
    assert learner.get("/training/courses/FND/lessons/l9/").status_code == 404
    assert "2 of 2 lessons read" in learner.get("/training/courses/FND/").content.decode()


def test_a_quiz_is_kept_handed_in_and_explained(learner):
    taught(is_shuffled=False)
    url = learner.post("/training/courses/FND/quiz/").url
    assert learner.post("/training/courses/FND/quiz/").url == url

    assert learner.post(url, {"q1": "a", "action": "save"}).url == "/training/courses/FND/"
    assert Attempt.objects.get().answers == {"q1": ["a"]}
    assert learner.post(url, {"q2": "z", "action": "submit"}).status_code == 422
    assert learner.post(url, {"q1": "a", "q2": "a", "q3": "a", "q4": "b", "action": "submit"}).url == url
    page = learner.get(url).content.decode()

    assert "75% right, 75% needed" in page
    assert "Because 4." in page
    certificate = Certificate.objects.get()
    assert f"/training/certificates/{certificate.public_id}/" in page


def test_a_question_with_several_answers_is_ticked(learner):
    course = create_course(code="M", titles={"en": "M"}, by=BY, at=dt.datetime(2025, 1, 6, tzinfo=dt.UTC))
    draft = draft_version(course, by=BY, at=course.created_at)
    edit_version(
        draft, changes={"objectives": {"en": ["x"]}, "drawn": 1, "is_shuffled": False}, lessons=[lesson(1)],
        questions=[question(1, kind="multiple", correct=["a", "c"])], by=BY, at=course.created_at,
    )  # fmt: skip
    publish_version(draft, by=BY, at=course.created_at)
    url = learner.post("/training/courses/M/quiz/").url

    learner.post(url, {"q1": ["a", "c"], "action": "submit"})

    assert Attempt.objects.get().is_passed


def test_a_quiz_is_nobody_elses(learner, hub):
    taught()
    url = learner.post("/training/courses/FND/quiz/").url

    assert hub.get(url).status_code == 404


def test_a_quiz_that_may_not_be_taken_says_why(learner, at):
    version = taught()
    record_completion(finished(version, at, learner.user), by=BY, at=at)

    page = learner.post("/training/courses/FND/quiz/", follow=True)

    assert "It can be renewed from" in page.content.decode()
    assert not Attempt.objects.exists()


def test_markdown_of_a_lesson_runs_nothing(learner, at):
    course = create_course(code="X", titles={"en": "<b>X</b>"}, by=BY, at=at)
    draft = draft_version(course, by=BY, at=at)
    body = "# Top\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](https://example.com) ![c](https://evil.example/x.png)\n\n|a|\n|-|\n|b|"
    edit_version(
        draft, changes={"objectives": {"en": ["x"]}, "drawn": 1}, lessons=[{**lesson(1), "bodies": {"en": body}}],
        questions=[question(1)], by=BY, at=at,
    )  # fmt: skip
    publish_version(draft, by=BY, at=at)

    page = learner.get("/training/courses/X/lessons/l1/").content.decode()

    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "evil.example" not in page.replace("&", "")
    assert "<h2>Top</h2>" in page
    assert '<a href="https://example.com" rel="noopener noreferrer">b</a>' in page
    assert "<b>X</b>" not in page


def test_french_readers_get_french(learner):
    taught()
    learner.user.language = "fr"
    learner.user.save()

    assert "Cours FND" in learner.get("/training/courses/").content.decode()
