"""The catalogue over the API: written by the hub with every convention of the API, read by all, its right answers by nobody else."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.models import ChangeEvent
from tests.factories import RoleFactory
from tests.plugins.api import call, hub_call, line_tree, token_of
from tests.training.world import BY, SINCE, curriculum, drafted, question, taught
from training.models import Course, CourseVersion, Curriculum, Enrolment, Question
from training.services.versions import draft_version, publish_version

__all__ = ["call", "hub_call", "line_tree", "token_of"]
pytestmark = pytest.mark.django_db
CARE = {"code": "CARE", "titles": {"en": "Care", "fr": "Relation client"}, "validity_months": 12}


def problems(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_course_is_added_edited_and_retired(hub_call):
    made = hub_call.post(
        "/api/v1/courses/", {**CARE, "owner": "hanna@example.com"}, X_Change_Message="Asked for"
    )
    edited = hub_call.patch(made.json()["url"], {"renewal_days": 30}, If_Match=made["ETag"])
    late = hub_call.patch(made.json()["url"], {"renewal_days": 31}, If_Match=made["ETag"])
    gone = hub_call("DELETE", made.json()["url"])
    again = hub_call("DELETE", made.json()["url"])

    assert [one.status_code for one in (made, edited, late, gone, again)] == [201, 200, 412, 200, 409]
    assert (made["Location"], made.json()["activity_id"]) == (
        "/api/v1/courses/CARE/",
        "urn:coe-hub:course:care",
    )
    assert (made.json()["owner"]["email"], edited.json()["renewal_days"]) == ("hanna@example.com", 30)
    assert gone.json()["retired_at"] is not None
    assert list(ChangeEvent.objects.filter(action__startswith="course.").order_by("pk").values_list("action", "why")) == [
        ("course.created", "Asked for"), ("course.updated", ""), ("course.retired", ""),
    ]  # fmt: skip


def test_many_courses_are_put_all_or_none(hub_call):
    taught()

    done = hub_call("PUT", "/api/v1/courses/", [CARE, {"code": "fnd", "renewal_days": 10}])
    same = hub_call("PUT", "/api/v1/courses/", [CARE])
    wrong = hub_call(
        "PUT", "/api/v1/courses/",
        [{**CARE, "code": "ONE"}, {"code": "TWO"}, {"code": "FND", "validity_months": 500}, {**CARE, "code": "N O"}],
    )  # fmt: skip
    one = hub_call("PUT", "/api/v1/courses/TWO/", {"titles": {"en": "Two"}})
    edited = hub_call("PUT", "/api/v1/courses/two/", {"renewal_days": 5})

    assert (done.status_code, [row["code"] for row in done.json()["results"]]) == (200, ["CARE", "FND"])
    assert (same.json()["results"][0]["revision"], wrong.status_code) == (1, 422)
    assert problems(wrong) == [
        ("/1/titles", "required"),
        ("/2/validity_months", "out_of_range"),
        ("/3/code", "code_form"),
    ]
    assert (one.status_code, edited.status_code, edited.json()["revision"]) == (201, 200, 2)
    assert sorted(Course.objects.values_list("code", "renewal_days")) == [
        ("CARE", 60),
        ("FND", 10),
        ("TWO", 5),
    ]


def test_a_course_that_a_curriculum_asks_for_is_not_retired(hub_call):
    curriculum("path", taught().course)
    taught("FREE")

    answer = hub_call("DELETE", "/api/v1/courses/", ["FREE", "FND"])

    assert (answer.status_code, problems(answer)) == (409, [("/1", "protected")])
    assert not Course.objects.filter(retired_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"pass_mark": 0}, [("/pass_mark", "out_of_range")]),
        ({"pass_mark": 101}, [("/pass_mark", "out_of_range")]),
        ({"drawn": 0}, [("/drawn", "out_of_range")]),
        ({"attempts_allowed": 0}, [("/attempts_allowed", "out_of_range")]),
        ({"questions": [question(1, correct=[])]}, [("/questions/0/correct", "correct_unknown")]),
        ({"questions": [5]}, [("/questions/0", "object_expected")]),
        ({"lessons": ["x"]}, [("/lessons/0", "object_expected")]),
        (
            {"lessons": [{"key": "l", "titles": {"en": "x"}, "bodies": "x"}]},
            [("/lessons/0/bodies", "texts_expected")],
        ),
        ({"state": "published"}, [("/state", "field_unknown")]),
    ],
)
def test_what_cannot_be_taught_is_refused_by_its_place(hub_call, body, expected):
    version = taught()
    draft = draft_version(version.course, by=BY, at=SINCE)

    answer = hub_call.patch("/api/v1/courses/FND/versions/2/", body)

    assert (answer.status_code, problems(answer)) == (422, expected)
    draft.refresh_from_db()
    assert (draft.revision, draft.pass_mark, Question.objects.filter(version=draft).count()) == (1, 75, 4)


def test_a_version_is_drafted_edited_and_published(hub_call):
    first = taught()

    draft = hub_call.post("/api/v1/courses/FND/versions/")
    second = hub_call.post("/api/v1/courses/FND/versions/")
    path = draft.json()["url"]
    emptied = hub_call.patch(path, {"questions": []}, If_Match=draft["ETag"])
    unready = hub_call.post(f"{path}publish/")
    filled = hub_call.patch(path, {"pass_mark": 60, "drawn": 2, "questions": [question(1), question(2)]})
    published = hub_call.post(f"{path}publish/")
    frozen = hub_call.patch(path, {"pass_mark": 10})
    listed = hub_call.get("/api/v1/courses/FND/versions/")

    assert (draft.status_code, path, len(draft.json()["questions"]), second.status_code) == (
        201, "/api/v1/courses/FND/versions/2/", 4, 409,
    )  # fmt: skip
    assert (emptied.status_code, unready.status_code, problems(unready)) == (
        200,
        422,
        [("/questions", "required")],
    )
    assert (filled.status_code, published.json()["state"], published.json()["pass_mark"], frozen.status_code) == (
        200, "published", 60, 409,
    )  # fmt: skip
    assert [(row["number"], row["state"]) for row in listed.json()["results"]] == [
        (2, "published"),
        (1, "retired"),
    ]
    assert "lessons" not in listed.json()["results"][0]
    assert CourseVersion.objects.get(pk=first.pk).pass_mark == 75


def test_right_answers_and_drafts_are_for_those_who_write_courses(call, hub_call):
    version = taught()
    draft_version(version.course, by=BY, at=SINCE)

    told = call.get("/api/v1/courses/FND/versions/1/").json()

    assert (len(told["lessons"]), told["questions"]) == (2, [])
    assert call.get("/api/v1/courses/FND/versions/2/").status_code == 404
    assert [row["number"] for row in call.get("/api/v1/courses/FND/versions/").json()["results"]] == [1]
    assert hub_call.get("/api/v1/courses/FND/versions/1/").json()["questions"][0]["correct"] == ["a"]
    assert hub_call.get("/api/v1/courses/FND/versions/99999999/").status_code == 404
    for method, path in (("POST", ""), ("PATCH", "2/"), ("POST", "2/publish/"), ("DELETE", "2/")):
        assert call(method, f"/api/v1/courses/FND/versions/{path}", {}).status_code == 403
    assert CourseVersion.objects.get(number=2).revision == 1


def test_a_draft_is_discarded_and_its_words_stay_in_the_history(hub_call):
    taught()
    path = hub_call.post("/api/v1/courses/FND/versions/").json()["url"]

    stale = hub_call("DELETE", path, If_Match='"9-x"')
    published = hub_call("DELETE", "/api/v1/courses/FND/versions/1/")
    assert (stale.status_code, published.status_code, CourseVersion.objects.count()) == (412, 409, 2)

    gone = [hub_call("DELETE", path).status_code for _time in range(2)]
    again = hub_call.post("/api/v1/courses/FND/versions/").json()

    assert (gone, again["number"], len(again["questions"])) == ([204, 404], 2, 4)
    told = ChangeEvent.objects.get(action="course_version.discarded").changes
    assert (told["pass_mark"], told["lessons"][0][0]["bodies"], len(told["questions"][0])) == (
        [75, None], {"en": "## Text 1"}, 4,
    )  # fmt: skip


def test_a_curriculum_enrols_and_withdraws(hub_call, line_tree):
    taught(), taught("ACC")
    person = RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods).user
    body = {
        "code": "care", "titles": {"en": "Care"}, "roles": ["contributor"], "lines": ["eu"],
        "items": [{"course": "FND", "due_days": 14}, {"course": "acc", "after": ["FND"]}],
    }  # fmt: skip

    made = hub_call.post("/api/v1/curricula/", body)
    held = list(Enrolment.objects.open().values_list("user", flat=True))
    edited = hub_call("PUT", "/api/v1/curricula/care/", {"roles": []}, If_Match=made["ETag"])
    gone = hub_call("DELETE", "/api/v1/curricula/", [{"id": "care", "revision": 2}])

    assert (made.status_code, made.json()["lines"], made.json()["items"]) == (
        201, ["EU"], [{"course": "FND", "due_days": 14, "after": []}, {"course": "ACC", "due_days": 30, "after": ["FND"]}],
    )  # fmt: skip
    assert (held, edited.json()["roles"], gone.status_code) == ([person.pk], [], 200)
    assert not Enrolment.objects.open().exists()
    assert gone.json()["results"][0]["archived_at"] is not None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"items": [{"course": "NONE"}]}, [("/items/0/course/0", "not_found")]),
        ({"items": [{"course": "FND", "due_days": 0}]}, [("/items/0/due_days", "out_of_range")]),
        ({"items": [{"course": "FND", "due_days": "x"}]}, [("/items/0", "item_form")]),
        ({"items": ["FND"]}, [("/items/0", "item_form")]),
        ({"items": []}, [("/items", "required")]),
        ({"items": [{"course": "FND"}, {"course": "FND"}]}, [("/items/1/course", "doubled")]),
        ({"items": [{"course": "FND", "after": ["ACC"]}]}, [("/items/0/after", "after_outside")]),
        (
            {"items": [{"course": "FND", "after": ["ACC"]}, {"course": "ACC", "after": ["FND"]}]},
            [("/items", "circle")],
        ),
        ({"roles": ["boss"]}, [("/roles", "role_unknown")]),
        ({"lines": ["NONE"]}, [("/lines/0", "not_found")]),
    ],
)
def test_what_is_no_curriculum_is_refused_by_its_place(hub_call, body, expected):
    taught(), taught("ACC")
    valid = {"code": "care", "titles": {"en": "Care"}, "items": [{"course": "FND"}]}

    answer = hub_call.post("/api/v1/curricula/", {**valid, **body})

    assert (answer.status_code, problems(answer)) == (422, expected)
    assert (Curriculum.objects.count(), Enrolment.objects.count()) == (0, 0)


def test_lines_of_a_curriculum_are_told_to_those_who_see_them(call, hub_call, line_tree):
    curriculum("path", taught().course, lines=[line_tree.foods, line_tree.america])

    assert call.get("/api/v1/curricula/path/").json()["lines"] == ["FDE"]
    assert hub_call.get("/api/v1/curricula/").json()["results"][0]["lines"] == ["FDE", "US"]


def test_a_token_writes_no_catalogue(call):
    curriculum("path", taught().course)
    before = ChangeEvent.objects.count()

    for method, path in (
        ("POST", "courses/"), ("PUT", "courses/"), ("PATCH", "courses/"), ("DELETE", "courses/"), ("PUT", "courses/X/"),
        ("PATCH", "courses/FND/"), ("DELETE", "courses/FND/"), ("POST", "curricula/"), ("PUT", "curricula/path/"),
        ("DELETE", "curricula/path/"),
    ):  # fmt: skip
        assert call(method, f"/api/v1/{path}", {}).status_code == 403, (method, path)
    assert ChangeEvent.objects.count() == before


@pytest.mark.parametrize("count", [1, 3])
def test_versions_ask_the_same_questions_for_one_and_three(hub_call, count, django_assert_num_queries):
    course = taught().course
    for number in range(1, count):
        at = SINCE + dt.timedelta(days=number)
        publish_version(draft_version(course, by=BY, at=at), by=BY, at=at)
    hub_call.get("/api/v1/courses/")

    with django_assert_num_queries(5):
        assert hub_call.get("/api/v1/courses/FND/versions/").json()["count"] == count
    with django_assert_num_queries(5):
        hub_call.get("/api/v1/courses/FND/versions/1/")


def test_a_draft_of_a_new_course_is_empty_and_filled_at_once(hub_call):
    hub_call.post("/api/v1/courses/", CARE)
    hub_call.post("/api/v1/courses/CARE/versions/")
    body = {
        "objectives": {"en": ["Answer"]}, "drawn": 1, "questions": [question(1)],
        "lessons": [{"key": "tone", "titles": {"en": "Tone"}, "bodies": {"en": "Be **brief**."}}],
    }  # fmt: skip

    filled = hub_call.patch("/api/v1/courses/CARE/versions/1/", body)

    assert filled.status_code == 200
    assert hub_call.post("/api/v1/courses/CARE/versions/1/publish/").status_code == 200
    assert hub_call.get("/api/v1/courses/CARE/").json()["version"]["number"] == 1
    assert drafted(Course.objects.get(code="CARE")).number == 2
