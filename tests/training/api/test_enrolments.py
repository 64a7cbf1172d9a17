"""Enrolments and coverage over the API: enrol, withdraw, waive, see who lacks what, and remind them once a day."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from coe.enums.roles import Role
from coe.models import ChangeEvent, Notice
from tests.factories import RoleFactory, UserFactory
from tests.plugins.api import Caller, call, hub_call, line_tree, token_of
from tests.training.world import BY, curriculum, finished, taught
from training.models import Certificate, Completion, Enrolment
from training.services.completions import record_completion
from training.services.enrolments import enrol_person, sync_enrolments

__all__ = ["call", "hub_call", "line_tree", "token_of"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(token_of, line_tree):
    """A system that keeps the training records of Foods."""
    return token_of(line_tree.foods, "read", "training:write")


@pytest.fixture
def ada(line_tree):
    """A contributor of Foods."""
    user = UserFactory(email="ada@example.com", name="Ada", language="fr")
    RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods, user=user)
    return user


def follow_roles():
    """Enrol whoever holds a role by now."""
    sync_enrolments(by=BY, at=timezone.now())


def problems(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_a_person_is_enrolled_told_and_withdrawn(keeper, ada, line_tree):
    taught()

    made = keeper.post(
        "/api/v1/enrolments/", {"person": ada.email, "course": "FND", "due_at": "2031-02-01T09:00:00+01:00"}
    )
    again = keeper.post("/api/v1/enrolments/", {"person": ada.email, "course": "FND"})
    gone = keeper("DELETE", made.json()["url"], If_Match=made["ETag"])
    twice = keeper("DELETE", "/api/v1/enrolments/", [made.json()["id"]])

    assert [one.status_code for one in (made, again, gone, twice)] == [201, 409, 200, 409]
    assert (made.json()["line"]["code"], made.json()["role"], made.json()["curriculum"]) == (
        "FDE",
        None,
        None,
    )
    assert made.json()["requirements"] == [
        {"course": "FND", "due_at": "2031-02-01T08:00:00+00:00", "is_complete": False}
    ]
    assert (gone.json()["withdrawn_at"] is not None, gone.json()["requirements"]) == (True, [])
    notice = Notice.objects.get(user=ada)
    assert (notice.kind, notice.subject, notice.url) == (
        "training.enrolled", "Vous êtes inscrit·e à Cours FND", "/training/courses/FND/",
    )  # fmt: skip
    with override("fr"):
        assert date_format(dt.date(2031, 2, 1)) in notice.body


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"person": "out@example.com"}, [("/1/person", "not_found")]),
        ({"course": "NONE"}, [("/1/course", "not_found")]),
        ({"curriculum": "path"}, [("/1/course", "one_of")]),
        ({"due_at": "2020-01-01T00:00:00Z"}, [("/1/due_at", "in_past")]),
        ({"due_at": "2031-01-01"}, [("/1/due_at", "zone_missing")]),
        ({"line": "US"}, [("/1/line", "not_found")]),
    ],
)
def test_a_wrong_enrolment_takes_all_back(keeper, ada, changed, expected):
    curriculum("path", taught().course), taught("ACC")
    UserFactory(email="out@example.com")
    fine = {"person": ada.email, "course": "FND"}

    answer = keeper.post("/api/v1/enrolments/", [fine, {**fine, "course": "ACC", **changed}])

    assert (answer.status_code, problems(answer)) == (422, expected)
    assert (Enrolment.objects.count(), Notice.objects.count()) == (0, 0)


def test_what_a_role_asks_for_ends_with_the_role(keeper, ada):
    curriculum("path", taught().course, roles=(Role.CONTRIBUTOR,))
    follow_roles()
    row = keeper.get("/api/v1/enrolments/?person=ADA@example.com").json()["results"][0]

    answer = keeper("DELETE", row["url"])

    assert (row["role"], answer.status_code) == ("contributor", 409)
    assert Enrolment.objects.open().count() == 1


def test_a_course_is_waived_for_a_reason_once(keeper, ada):
    taught(), taught("ACC")
    path = keeper.post("/api/v1/enrolments/", {"person": ada.email, "course": "FND"}).json()["url"]

    refused = [
        keeper.post(f"{path}waive/", body)
        for body in (
            {"course": "FND"},
            {"course": "FND", "reason": " "},
            {"course": "ACC", "reason": "x"},
            {"course": "NONE", "reason": "x"},
        )
    ]
    before = Completion.objects.count()
    waived = keeper.post(f"{path}waive/", {"course": "FND", "reason": "Taught it for two years"})
    again = keeper.post(f"{path}waive/", {"course": "FND", "reason": "Once more"})

    assert [(one.status_code, problems(one)) for one in refused] == [
        (422, [("/reason", "required")]), (422, [("/reason", "required")]), (422, [("/course", "not_asked")]),
        (422, [("/course", "not_found")]),
    ]  # fmt: skip
    assert (before, waived.status_code, again.status_code) == (0, 201, 409)
    assert (waived.json()["source"], waived.json()["evidence"]) == ("waiver", "Taught it for two years")
    assert (Completion.objects.count(), Certificate.objects.count()) == (1, 1)
    assert ChangeEvent.objects.get(action="completion.recorded").why == "Taught it for two years"
    assert keeper.get(path).json()["requirements"][0]["is_complete"] is True


def test_nobody_keeps_their_own_record(line_tree):
    taught()
    lead = UserFactory(email="lead@example.com")
    RoleFactory(role=Role.LINE_LEAD, line=line_tree.foods, user=lead)
    client = Client()
    client.force_login(lead, backend="coe.backends.HubBackend")
    own = Caller(client=client)
    row = enrol_person(lead, course=taught("ACC").course, by=BY, at=timezone.now())
    done = {"person": lead.email, "course": "FND", "completed_at": "2026-02-02T10:00:00Z", "evidence": "x"}

    assert problems(own.post("/api/v1/enrolments/", {"person": lead.email, "course": "FND"})) == [
        ("/person", "not_found")
    ]
    assert problems(own.post("/api/v1/completions/", done)) == [("/person", "not_found")]
    assert (
        own.post(f"/api/v1/enrolments/{row.public_id}/waive/", {"course": "ACC", "reason": "x"}).status_code
        == 403
    )
    assert own("DELETE", f"/api/v1/enrolments/{row.public_id}/").status_code == 403
    assert (Completion.objects.count(), Enrolment.objects.open().count()) == (0, 1)


def test_a_certificate_is_revoked_once_and_for_a_reason(keeper, ada, at):
    row = record_completion(finished(taught(), at, ada), by=BY, at=at).completion.certificate
    path = f"/api/v1/certificates/{row.public_id}/revoke/"

    empty = keeper.post(path, {"reason": " "})
    done = keeper.post(path, {"reason": "Copied"})
    again = keeper.post(path, {"reason": "Copied"})

    assert (empty.status_code, problems(empty), done.status_code, again.status_code) == (
        422, [("/reason", "required")], 200, 409,
    )  # fmt: skip
    assert (done.json()["revoked_why"], ChangeEvent.objects.filter(action="certificate.revoked").count()) == (
        "Copied",
        1,
    )


def test_coverage_is_told_by_cell_down_to_people(keeper, hub_call, ada, line_tree, at):
    version = taught()
    curriculum("path", version.course, roles=(Role.CONTRIBUTOR,))
    bob = RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods).user
    RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.america)
    follow_roles()
    record_completion(finished(version, at, bob), by=BY, at=at)

    rows = keeper.get("/api/v1/coverage/").json()["results"]
    whole = hub_call.get("/api/v1/coverage/?limit=2").json()
    people = keeper.get(rows[0]["url"]).json()

    assert [
        (row["line"]["code"], row["curriculum"]["code"], row["people"], row["complete"]) for row in rows
    ] == [("FDE", "path", 2, 1)]
    assert (whole["count"], whole["next"], whole["results"][0]["line"], whole["results"][0]["people"]) == (
        4, "/api/v1/coverage/?limit=2&offset=2", None, 3,
    )  # fmt: skip
    assert [(one["person"]["email"], one["lines"], len(one["lacks"])) for one in people["results"]] == [
        (ada.email, ["Foods Europe"], 1), (bob.email, ["Foods Europe"], 0),
    ]  # fmt: skip
    assert hub_call.get("/api/v1/coverage/?line_subtree=EU&curriculum=path").json()["count"] == 2
    assert hub_call.get("/api/v1/coverage/?curriculum=none").json()["count"] == 0
    assert problems(hub_call.get("/api/v1/coverage/?line=NONE")) == [("/line", "line_unknown")]
    assert problems(hub_call.get("/api/v1/coverage/?nope=1")) == [("/nope", "parameter_unknown")]
    for path in ("path/US", "path/all", "none/FDE"):
        assert keeper.get(f"/api/v1/coverage/{path}/").status_code == 404


def test_people_who_owe_a_course_are_reminded_once_a_day(keeper, token_of, ada, line_tree, at):
    version = taught()
    curriculum("path", version.course, roles=(Role.CONTRIBUTOR,))
    bob = RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods).user
    follow_roles()
    record_completion(finished(version, at, bob), by=BY, at=at)
    path = "/api/v1/coverage/path/FDE/remind/"

    stranger = keeper.post(path, {"person": "nobody@example.com"})
    first = keeper.post(path, {"person": ada.email})
    second = keeper.post(path)
    reader = token_of(line_tree.foods, "read").post(path)

    assert (stranger.status_code, reader.status_code) == (422, 403)
    assert ([one["email"] for one in first.json()["reminded"]], first.json()["complete"]) == ([ada.email], 0)
    assert ([one["email"] for one in second.json()["reminded_before"]], second.json()["reminded"], second.json()["complete"]) == (
        [ada.email], [], 1,
    )  # fmt: skip
    assert list(Notice.objects.values_list("user", "kind")) == [(ada.pk, "duty.chase")]
    assert "Cours FND" in Notice.objects.get().body


@pytest.mark.parametrize("count", [1, 3])
def test_lists_and_reminders_ask_the_same_questions_for_one_and_three(
    keeper, line_tree, count, django_assert_num_queries
):
    for n in range(count):
        curriculum(f"path{n}", taught(f"C{n}").course, roles=(Role.CONTRIBUTOR,))
        RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods)
    follow_roles()
    enrolments = count * count
    keeper.get("/api/v1/courses/")

    with django_assert_num_queries(5):
        assert keeper.get("/api/v1/enrolments/").json()["count"] == enrolments
    with django_assert_num_queries(5):
        assert keeper.get("/api/v1/coverage/").json()["count"] == count
    with django_assert_num_queries(8):
        assert keeper.get("/api/v1/coverage/path0/FDE/").json()["count"] == count
    with django_assert_num_queries(18):
        assert len(keeper.post("/api/v1/coverage/path0/FDE/remind/").json()["reminded"]) == count


def test_enrolments_on_lines_of_others_are_not_told(keeper, ada, line_tree):
    curriculum("path", taught().course, roles=(Role.CONTRIBUTOR,))
    RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.america, user=ada)
    follow_roles()

    rows = keeper.get("/api/v1/enrolments/").json()["results"]

    assert [row["line"]["code"] for row in rows] == ["FDE"]
    assert Enrolment.objects.filter(user=ada).count() == 2
    assert dt.datetime.fromisoformat(rows[0]["requirements"][0]["due_at"]) > timezone.now()
