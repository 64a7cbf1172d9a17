"""What cannot be a completion, through every door: each says why in its own way, and none stores anything."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import User
from tests.factories import RoleFactory, UserFactory
from tests.plugins.api import line_tree, token_of
from tests.training.world import BY, SINCE, curriculum, taught
from training.models import Certificate, Completion, CourseVersion, Statement
from training.services.courses import retire_course
from training.services.enrolments import enrol_person

__all__ = ["line_tree", "token_of"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def now():
    """The doors read the clock themselves."""
    return timezone.now()


@pytest.fixture
def ada(line_tree, now):
    """Somebody of Foods who joined a month ago."""
    user = UserFactory(email="ada@example.com", name="Ada", joined_on=(now - 30 * DAY).date())
    RoleFactory(role=Role.CONTRIBUTOR, line=line_tree.foods, user=user)
    return user


@pytest.fixture
def lead(line_tree):
    """The browser of the lead of Foods."""
    client = Client()
    user = RoleFactory(
        role=Role.LINE_LEAD, line=line_tree.foods, user=UserFactory(email="lead@example.com")
    ).user
    client.force_login(user, backend="coe.backends.HubBackend")
    return client


def by_page(lead, token, ada, course, moment):
    """A line lead notes it on the person's page."""
    body = {
        "action": "complete",
        "course": course,
        "achieved_on": moment.date().isoformat(),
        "evidence": "List",
    }
    answer = lead.post(f"/training/people/{ada.public_id}/record/", body)
    return answer.status_code, answer.content.decode()


def by_api(lead, token, ada, course, moment):
    """A system pushes it."""
    body = {"person": ada.email, "course": course, "completed_at": moment.isoformat(), "evidence": "List"}
    answer = token.post("/api/v1/completions/", body)
    return answer.status_code, answer.content.decode()


def by_statement(lead, token, ada, course, moment):
    """A learning system tells it: every statement is stored, and what cannot count says so."""
    body = {
        "id": str(uuid.uuid4()), "actor": {"mbox": f"mailto:{ada.email}"}, "timestamp": moment.isoformat(),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"}, "object": {"id": f"urn:coe-hub:course:{course.lower()}"},
    }  # fmt: skip
    answer = token.post("/xapi/statements", body, X_Experience_API_Version="1.0.3")
    assert answer.status_code == 200, answer.content
    row = Statement.objects.get()
    return 422 if row.completion_id is None else 200, f"{row.state} {row.note}"


DOORS = {"page": by_page, "api": by_api, "xapi": by_statement}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("case", "days", "word"),
    [("joined", -40, "joined"), ("retired", -1, "retired"), ("future", 5, "future")],
)
def test_a_completion_that_cannot_be_is_answered_at_every_door(
    door, case, days, word, lead, token_of, line_tree, ada, now
):
    version = taught()
    if case == "retired":
        retire_course(version.course, by=BY, at=now - 10 * DAY)
    token = token_of(line_tree.foods, "read", "training:write")

    status, words = DOORS[door](lead, token, ada, "FND", now + days * DAY)

    if case == "retired" and door == "page":
        # A retired course is not offered there any more.
        word = "choice"
    assert (status, word in words.lower()) == (422, True), words
    assert (Completion.objects.count(), Certificate.objects.count()) == (0, 0)


@pytest.mark.parametrize("door", ["page", "api"])
def test_an_unknown_course_is_named_and_nothing_is_noted(door, lead, token_of, line_tree, ada, now):
    token = token_of(line_tree.foods, "read", "training:write")

    status, _words = DOORS[door](lead, token, ada, "NONE", now - DAY)

    assert (status, Completion.objects.count()) == (422, 0)


def test_one_instant_is_one_completion_whatever_clock_tells_it(token_of, line_tree, ada, now):
    taught()
    token = token_of(line_tree.foods, "read", "training:write")
    moment = now - 2 * DAY
    zones = [dt.UTC, dt.timezone(dt.timedelta(hours=13)), dt.timezone(dt.timedelta(hours=-11))]

    answers = [by_api(None, token, ada, "FND", moment.astimezone(zone))[0] for zone in zones]

    assert answers == [200, 200, 200]
    assert list(Completion.objects.values_list("achieved_at", flat=True)) == [moment]


def test_nobody_who_has_left_is_enrolled_or_reminded(token_of, line_tree, ada, now):
    path = curriculum("path", taught().course)
    enrol_person(ada, curriculum=path, line=line_tree.foods, by=BY, at=now)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    token = token_of(line_tree.foods, "read", "training:write")

    enrolled = token.post("/api/v1/enrolments/", {"person": ada.email, "course": "FND"})
    reminded = token.post("/api/v1/coverage/path/FDE/remind/")

    assert (enrolled.status_code, reminded.json()["reminded"], reminded.json()["complete"]) == (409, [], 1)
    assert CourseVersion.objects.get().published_at == SINCE
