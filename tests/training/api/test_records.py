"""The API of training: courses for everybody, completions pushed by a token once each, and nobody's records but one's own people's."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from tests.factories import RoleFactory, UserFactory
from tests.plugins.api import call, hub_call, line_tree, token_of
from tests.training.world import BY, curriculum, finished, taught
from training.models import Certificate, Completion
from training.services.completions import record_completion
from training.services.sessions import plan_session

__all__ = ["call", "hub_call", "line_tree", "token_of"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def pusher(token_of, line_tree):
    """A learning system with a token of Foods."""
    return token_of(line_tree.foods, "read", "training:write")


@pytest.fixture
def ada(line_tree):
    """A contributor of Foods."""
    user = UserFactory(email="ada@example.com", name="Ada")
    RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods, user=user)
    return user


def done(**more):
    return {
        "person": "ada@example.com", "course": "FND", "completed_at": "2026-02-02T10:00:00+01:00", "evidence": "LMS 7", **more,
    }  # fmt: skip


def test_courses_and_curricula_are_read_by_all(call, line_tree):
    curriculum("path", taught().course, roles=(Role.VIEWER,))

    course = call.get("/api/v1/courses/fnd/").json()
    assert (course["code"], course["display"], course["modes"], course["version"]["number"], course["validity_months"]) == (
        "FND", "Course FND", ["self_paced", "session"], 1, 12,
    )  # fmt: skip
    found = call.get("/api/v1/curricula/").json()["results"]
    assert [(row["code"], row["roles"], row["items"]) for row in found] == [
        ("path", ["viewer"], [{"course": "FND", "due_days": 30, "after": []}])
    ]
    assert call.get("/api/v1/courses/?q=cours%20fnd").json()["count"] == 1
    assert call.get("/api/v1/courses/none/").status_code == 404


def test_a_token_pushes_completions_once_each(pusher, ada):
    taught()

    first = pusher.post("/api/v1/completions/", [done(score=92.5), done(completed_at="2026-02-03T10:00:00Z")])
    again = pusher.post("/api/v1/completions/", done())

    assert (first.status_code, first.json()["count"], again.status_code) == (200, 2, 200)
    row = Completion.objects.get(achieved_at=dt.datetime(2026, 2, 2, 9, 0, tzinfo=dt.UTC))
    assert (row.user, row.score, row.source, row.evidence) == (ada, 9250, "api", "LMS 7")
    assert (Completion.objects.count(), Certificate.objects.count()) == (2, 2)
    assert again.json()["id"] == str(row.public_id)
    assert again.json()["score"] == "92.50"


def test_one_wrong_completion_takes_all_back_and_each_is_named(pusher, ada):
    taught()
    outsider = UserFactory(email="out@example.com")
    wrong = [
        done(),
        done(person=outsider.email),
        done(course="NONE"),
        done(completed_at="2026-02-02"),
        done(completed_at="soon"),
        done(score=101),
        {"person": "ada@example.com"},
    ]

    answer = pusher.post("/api/v1/completions/", wrong)
    late = pusher.post("/api/v1/completions/", [done(), done(completed_at="2090-01-01T00:00:00Z")])

    assert (answer.status_code, late.status_code) == (422, 422)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]][:2] == [
        ("/1/person", "not_found"), ("/2/course", "not_found"),
    ]  # fmt: skip
    assert {error["pointer"].split("/")[1] for error in answer.json()["errors"]} == {
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
    }
    assert [(error["pointer"], error["code"]) for error in late.json()["errors"]] == [
        ("/1/completed_at", "in_future")
    ]
    assert not Completion.objects.exists()


def test_a_token_without_the_scope_neither_writes_nor_reads_records(token_of, line_tree, ada, at):
    version = taught()
    row = record_completion(finished(version, at, ada), by=BY, at=at).completion
    reader = token_of(line_tree.foods, "read")

    assert reader.post("/api/v1/completions/", done()).status_code == 403
    assert reader.get("/api/v1/completions/").json()["count"] == 0
    assert reader.get(f"/api/v1/certificates/{row.certificate.public_id}/").status_code == 404
    assert Completion.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_the_same_questions_for_one_and_three(
    pusher, line_tree, at, count, django_assert_num_queries
):
    version = taught()
    for n in range(count):
        person = RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods).user
        record_completion(finished(version, at, person), by=BY, at=at)
        start = at + dt.timedelta(days=n + 1)
        plan_session(
            version.course,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=1),
            line=line_tree.foods,
            by=BY,
            at=at,
        )
        curriculum(f"path{n}", version.course, roles=(Role.AUDITOR,))
    pusher.get("/api/v1/courses/")

    for name, queries in (
        ("completions", 3),
        ("certificates", 3),
        ("sessions", 4),
        ("curricula", 7),
        ("courses", 4),
    ):
        with django_assert_num_queries(queries, info=name):
            body = pusher.get(f"/api/v1/{name}/").json()
        assert body["count"] == (1 if name == "courses" else count)
