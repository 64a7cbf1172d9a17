"""Writing courses and curricula on the pages: previewed, refused beside the field, published, and nothing changed under a learner."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.models import ChangeEvent
from tests.factories import RoleFactory
from tests.training.world import BY, curriculum, drafted, taught
from training.models import Attempt, Course, CourseVersion, Curriculum, Enrolment, Lesson, Question
from training.services.attempts import start_attempt, submit_attempt
from training.services.versions import draft_version

pytestmark = pytest.mark.django_db
COURSE = {
    "code": "CARE", "title_en": "Care", "title_fr": "Relation client", "summary_en": "How we answer.", "modes": ["self_paced"],
    "validity_months": "12", "renewal_days": "30",
}  # fmt: skip
QUESTION = {
    "text_en": "Who answers?", "kind": "single", "choice_0_en": "Nobody", "choice_1_en": "We do", "choice_1_fr": "Nous", "right": ["1"],
    "explanation_en": "Because.",
}  # fmt: skip
SETTINGS = {
    "objectives_en": "Answer\nStop", "duration_minutes": "20", "pass_mark": "60", "drawn": "1", "attempts_allowed": "", "is_shuffled": "on",
}  # fmt: skip
WRITE = "/training/courses/CARE/write/"


def said(page):
    return {name: [str(one) for one in words] for name, words in page.context["form"].errors.items()}


def test_a_course_is_written_and_published_without_a_script(hub):
    made = hub.post("/training/courses/new/", COURSE)
    empty = hub.get(WRITE)
    hub.post(f"{WRITE}act/", {"action": "draft"})
    unready = hub.get(WRITE).context["missing"]
    hub.post("/training/courses/CARE/draft/settings/", SETTINGS)
    hub.post(
        "/training/courses/CARE/draft/lessons/new/",
        {"title_en": "Tone", "body_en": "Be **kind**.", "action": "save"},
    )
    hub.post("/training/courses/CARE/draft/questions/new/", QUESTION)
    page = hub.get(WRITE)
    done = hub.post(
        f"{WRITE}act/",
        {"action": "publish", "revision": str(page.context["draft"].revision), "reason": "First"},
    )

    assert (made["Location"], "No draft is open" in empty.content.decode()) == (WRITE, True)
    assert ([one.field for one in unready], page.context["missing"]) == (
        ["objectives", "lessons/", "questions"],
        [],
    )
    assert done["Location"] == WRITE
    version = CourseVersion.objects.get(course__code="CARE")
    assert (version.state, version.objectives, version.pass_mark, version.drawn) == (
        "published", {"en": ["Answer", "Stop"]}, 60, 1,
    )  # fmt: skip
    assert list(version.lessons.values_list("key", "titles", "bodies")) == [
        ("tone", {"en": "Tone"}, {"en": "Be **kind**."})
    ]
    assert list(version.questions.values_list("key", "choices", "correct", "explanations")) == [
        (
            "who-answers",
            [{"key": "a", "texts": {"en": "Nobody"}}, {"key": "b", "texts": {"en": "We do", "fr": "Nous"}}],
            ["b"],
            {"en": "Because."},
        )
    ]
    assert ChangeEvent.objects.get(action="course_version.published").why == "First"


def test_a_lesson_is_previewed_safely_before_it_is_saved(hub):
    draft = draft_version(taught("CARE").course, by=BY, at=Course.objects.get().created_at)
    body = {
        "title_en": "Tone",
        "body_en": "## Hello\n<script>x</script>",
        "revision": "1",
        "action": "preview",
    }

    page = hub.post("/training/courses/CARE/draft/lessons/l1/", body)

    html = page.content.decode()
    assert (page.status_code, "<h2>Hello</h2>" in html, "<script>x" in html) == (200, True, False)
    assert draft.lessons.get(key="l1").titles == {"en": "Lesson 1"}


def test_a_draft_is_discarded_as_it_was_read(hub):
    draft = draft_version(taught("CARE").course, by=BY, at=Course.objects.get().created_at)
    shown = hub.get(WRITE).context["discard"]

    met = [
        (hub.post(f"{WRITE}act/", {**shown, **more}).status_code, CourseVersion.objects.count())
        for more in ({"revision": "9"}, {"reason": "Another time"}, {})
    ]

    assert met == [(302, 2), (302, 1), (404, 1)]
    event = ChangeEvent.objects.get(action="course_version.discarded")
    assert (event.object_id, event.why, len(event.changes["lessons"][0])) == (
        draft.public_id,
        "Another time",
        2,
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text_en": ""}, "text_en"),
        ({"right": []}, "right"),
        ({"right": ["0", "1"]}, "right"),
        ({"right": ["5"]}, "choice_5_en"),
        ({"choice_1_en": "", "choice_1_fr": "", "right": ["0"]}, "__all__"),
    ],
)
def test_a_question_without_a_right_answer_is_refused_beside_its_field(hub, changed, field):
    draft = draft_version(taught("CARE").course, by=BY, at=Course.objects.get().created_at)

    page = hub.post("/training/courses/CARE/draft/questions/new/", {**QUESTION, **changed})

    assert page.status_code == 422
    assert field in said(page), said(page)
    draft.refresh_from_db()
    assert (draft.revision, draft.questions.count()) == (1, 4)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pass_mark": "0"}, "pass_mark"),
        ({"pass_mark": "101"}, "pass_mark"),
        ({"drawn": "0"}, "drawn"),
        ({"attempts_allowed": "0"}, "attempts_allowed"),
        ({"duration_minutes": "99999"}, "duration_minutes"),
        ({"revision": "7"}, "__all__"),
    ],
)
def test_a_setting_out_of_range_is_refused_beside_its_field(hub, changed, field):
    draft = draft_version(taught("CARE").course, by=BY, at=Course.objects.get().created_at)

    page = hub.post("/training/courses/CARE/draft/settings/", {**SETTINGS, **changed})

    assert (page.status_code, list(said(page))) == (422, [field])
    draft.refresh_from_db()
    assert (draft.revision, draft.pass_mark) == (1, 75)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "C A"}, "code"),
        ({"title_en": "", "title_fr": ""}, "title_en"),
        ({"validity_months": "500"}, "validity_months"),
        ({"renewal_days": "999"}, "renewal_days"),
        ({"activity_id": "no iri"}, "activity_id"),
        ({"owner": "nobody@example.com"}, "owner"),
        ({"code": "fnd"}, "code"),
    ],
)
def test_what_is_no_course_is_refused_beside_its_field(hub, changed, field):
    taught()

    page = hub.post("/training/courses/new/", {**COURSE, **changed})

    assert (page.status_code, list(said(page))) == (422, [field])
    assert Course.objects.count() == 1


def test_nothing_changes_under_whoever_sits_the_quiz(hub, log_in, tree, at):
    version = taught("CARE")
    learner = log_in(Role.VIEWER, tree.foods)
    attempt = start_attempt(version, person=learner.user, by=BY, at=at - dt.timedelta(hours=1))
    before = attempt.questions
    hub.post(f"{WRITE}act/", {"action": "draft"})
    hub.post("/training/courses/CARE/draft/questions/q1/", {**QUESTION, "text_en": "Something else?"})
    hub.post("/training/courses/CARE/draft/settings/", {**SETTINGS, "pass_mark": "100"})
    done = hub.post(f"{WRITE}act/", {"action": "publish"})
    attempt = submit_attempt(
        Attempt.objects.get(), answers={one["key"]: ["a"] for one in before}, by=BY, at=at
    )

    assert done.status_code == 302
    assert (attempt.questions, attempt.version, attempt.pass_mark, attempt.is_passed) == (
        before,
        version,
        75,
        True,
    )
    assert attempt.completion.version == version
    assert CourseVersion.objects.published().get().questions.get(key="q1").texts == {"en": "Something else?"}


def test_parts_are_moved_and_removed_and_what_is_gone_is_told(hub):
    drafted(taught("CARE").course)

    hub.post(f"{WRITE}act/", {"action": "raise", "part": "lesson", "key": "l2"})
    hub.post(f"{WRITE}act/", {"action": "remove", "part": "question", "key": "q1"})
    gone = hub.post(f"{WRITE}act/", {"action": "remove", "part": "question", "key": "q1"}, follow=True)
    odd = hub.post(f"{WRITE}act/", {"action": "remove", "part": "shoe", "key": "q1"}, follow=True)

    draft = CourseVersion.objects.get(state="draft")
    assert list(draft.lessons.order_by("order").values_list("key", flat=True)) == ["l2", "l1"]
    assert list(draft.questions.order_by("order").values_list("key", flat=True)) == ["q2", "q3", "q4"]
    assert "no longer exists" in gone.content.decode()
    assert "Choose one of the buttons" in odd.content.decode()
    assert (Lesson.objects.count(), Question.objects.count()) == (4, 7)
    kept = ChangeEvent.objects.get(action="course_version.part_removed").changes["questions"][0]
    assert (kept["key"], kept["texts"]["en"], kept["correct"]) == ("q1", "Question 1?", ["a"])


def test_a_course_is_retired_unless_a_curriculum_asks_for_it(hub):
    version = taught("CARE")
    path = curriculum("path", version.course)

    kept = hub.post(f"{WRITE}act/", {"action": "retire"}, follow=True)
    hub.post("/training/curricula/path/archive/", {"reason": "Over"})
    hub.post(f"{WRITE}act/", {"action": "retire"})

    assert "path" in kept.content.decode()
    path.refresh_from_db()
    assert (path.archived_at is not None, Course.objects.get().retired_at is not None) == (True, True)


def test_a_curriculum_is_written_and_enrols(hub, tree):
    taught("FND"), taught("CARE")
    person = RoleFactory(role=Role.CONTRIBUTOR, line=tree.foods).user
    body = {
        "code": "care", "title_en": "Care", "roles": ["contributor"], "lines": "EU", "course_0": "FND", "due_0": "14", "course_2": "CARE",
        "after_2": "fnd",
    }  # fmt: skip

    made = hub.post("/training/curricula/new/", body)
    enrolled = list(Enrolment.objects.open().values_list("user", flat=True))
    row = Curriculum.objects.get()
    shown = hub.get("/training/curricula/care/edit/")
    hub.post("/training/curricula/care/edit/", {**body, "roles": [], "revision": str(row.revision)})
    late = hub.post("/training/curricula/care/edit/", {**body, "revision": str(row.revision)})

    assert (made["Location"], enrolled) == ("/training/curricula/care/", [person.pk])
    assert [(one.course.code, one.due_days, [x.code for x in one.after.all()]) for one in row.items.order_by("order")] == [
        ("FND", 14, []), ("CARE", 30, ["FND"]),
    ]  # fmt: skip
    assert (shown.context["form"]["course_1"].value(), shown.context["form"]["lines"].value()) == (
        "CARE",
        ["EU"],
    )
    assert not Enrolment.objects.open().exists()
    assert late.status_code == 422


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"course_0": ""}, "__all__"),
        ({"course_0": "NONE"}, "course_0"),
        ({"due_0": "0"}, "due_0"),
        ({"after_0": "NONE"}, "after_0"),
        ({"after_0": "CARE"}, "after_0"),
        ({"course_2": "FND"}, "course_2"),
        ({"after_0": "CARE", "course_1": "CARE", "after_1": "FND"}, "__all__"),
        ({"title_en": ""}, "title_en"),
        ({"lines": "NONE"}, "lines"),
        ({"code": "a b"}, "code"),
    ],
)
def test_what_is_no_curriculum_is_refused_beside_its_field(hub, changed, field):
    taught("FND"), taught("CARE")
    body = {"code": "care", "title_en": "Care", "course_0": "FND", "due_0": "14", **changed}

    page = hub.post("/training/curricula/new/", body)

    assert (page.status_code, list(said(page))) == (422, [field])
    assert Curriculum.objects.count() == 0


def test_only_the_hub_writes(lead, auditor):
    drafted(taught("CARE").course)
    before = ChangeEvent.objects.count()

    for client in (lead, auditor):
        for path in (
            "new/",
            "CARE/edit/",
            "CARE/write/",
            "CARE/draft/settings/",
            "CARE/draft/lessons/l1/",
            "CARE/draft/questions/q1/",
        ):
            assert client.get(f"/training/courses/{path}").status_code == 403
        assert client.post(f"{WRITE}act/", {"action": "publish"}).status_code == 403
        assert client.post("/training/curricula/new/", {}).status_code == 403
        assert "Add a course" not in client.get("/training/courses/").content.decode()
    assert ChangeEvent.objects.count() == before


@pytest.mark.parametrize("count", [1, 3])
def test_the_draft_asks_the_same_questions_for_one_and_three(hub, count, django_assert_num_queries):
    drafted(taught("CARE").course, questions=count + 1)
    hub.get(WRITE)

    with django_assert_num_queries(8):
        hub.get(WRITE)
