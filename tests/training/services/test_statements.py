"""Statements are stored once, and what they say of somebody's learning is done once."""

import copy
import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coe.enums.roles import Role
from coe.errors import Duplicate, WrongState
from coe.models import ChangeEvent, OutboxMessage
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import BY, taught
from training.errors import StatementConflict, StatementRefused
from training.models import ActivityMatch, Certificate, Completion, PersonMatch, Statement
from training.selectors.statements import mbox_digest
from training.services.courses import create_course
from training.services.matching import (
    judge_parked,
    match_activity,
    match_person,
    unmatch_activity,
    unmatch_person,
)
from training.services.statements import take_statements
from training.tasks import judge_parked_statements

pytestmark = pytest.mark.django_db

ADL = "http://adlnet.gov/expapi/verbs/"
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://hub.example.com", "name": "abc"}}
WAIVED = "https://w3id.org/xapi/adl/verbs/waived"


def said(
    activity: str, *, verb: str = f"{ADL}passed", email: str = "ana@example.com", **fields: Any
) -> dict[str, Any]:
    """A statement as a learning system sends it."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": f"mailto:{email}"},
        "verb": {"id": verb},
        "object": {"id": activity},
        "timestamp": "2026-11-02T09:30:00Z",
        **fields,
    }


def void(statement_id: str) -> dict[str, Any]:
    """A statement that voids another."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:lms@example.com"},
        "verb": {"id": f"{ADL}voided"},
        "object": {"objectType": "StatementRef", "id": statement_id},
        "timestamp": "2026-11-03T09:30:00Z",
    }


@pytest.fixture
def line():
    """The line of the token."""
    return LineFactory(code="EU")


@pytest.fixture
def ana(line):
    """Somebody who works there."""
    user = UserFactory(email="ana@example.com")
    RoleFactory(user=user, role=Role.CONTRIBUTOR, line=line)
    return user


@pytest.fixture
def course():
    """A published course."""
    return taught("FND").course


@pytest.fixture
def take(line, at):
    """Takes statements in for the line; says what became of them, in their order."""

    def do(*documents: dict[str, Any], when: dt.datetime = at, line=line) -> list[str]:
        ids = take_statements(documents, line=line, authority=AUTHORITY, version="1.0.0", by=BY, at=when)
        states = {str(row.statement_id): row.state for row in Statement.objects.all()}
        return [states[one] for one in ids]

    return do


def counts() -> tuple[int, int, int]:
    """Statements, standing completions, certificates that are not revoked."""
    return (
        Statement.objects.count(),
        Completion.objects.standing().count(),
        Certificate.objects.filter(revoked_at__isnull=True).count(),
    )


def test_a_passed_course_becomes_a_completion_with_its_certificate(take, ana, course) -> None:
    document = said(course.activity_id, result={"success": True, "score": {"scaled": 0.88}})

    assert take(document) == ["applied"]
    completion = Completion.objects.get()
    assert (completion.user, completion.course, completion.source, completion.score) == (
        ana,
        course,
        "xapi",
        8_800,
    )
    assert completion.achieved_at == dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
    assert Certificate.objects.get().user == ana
    assert Statement.objects.get().completion == completion


@pytest.mark.parametrize(
    ("verb", "result", "state"),
    [
        (f"{ADL}passed", {"success": True}, "applied"),
        (f"{ADL}completed", {"completion": True}, "applied"),
        (WAIVED, {"success": True, "completion": True}, "applied"),
        (f"{ADL}failed", {"success": False}, "stored"),
        (f"{ADL}completed", {"completion": False}, "stored"),
        (f"{ADL}attended", {}, "stored"),
    ],
)
def test_only_what_was_learned_counts(take, ana, course, verb, result, state) -> None:
    assert take(said(course.activity_id, verb=verb, result=result)) == [state]
    assert counts()[1] == (1 if state == "applied" else 0)


def test_the_same_statement_again_changes_nothing(take, ana, course) -> None:
    document = said(course.activity_id)
    take(document)
    before = counts()

    elsewhere = {**document, "id": str(uuid.uuid4()), "timestamp": "2026-11-02T10:30:00+01:00"}
    assert take({**document, "id": document["id"].upper()}, elsewhere) == ["applied", "applied"]
    assert counts() == (before[0] + 1, 1, 1)
    assert take(document) == ["applied"]


def test_a_repeat_without_a_time_of_its_own_is_the_same(take, ana, course, at) -> None:
    document = said(course.activity_id)
    del document["timestamp"]

    take(document)
    take(document, when=at + dt.timedelta(hours=1))

    assert counts() == (1, 1, 1)


def test_one_id_with_other_content_is_a_conflict_and_stores_nothing(take, ana, course) -> None:
    document = said(course.activity_id)
    take(document)
    other = {**document, "result": {"success": False}}

    with pytest.raises(StatementConflict) as caught:
        take(said(course.activity_id, email="new@example.com"), other)

    assert [p.message for p in caught.value.problems] == [document["id"]]
    assert counts() == (1, 1, 1)


def test_one_id_twice_in_an_array_is_refused(take, ana, course) -> None:
    document = said(course.activity_id)

    with pytest.raises(StatementRefused) as caught:
        take(said(course.activity_id), document, document)

    assert [(p.field, p.code, p.row) for p in caught.value.problems] == [("/id", "duplicate_id", 2)]
    assert counts() == (0, 0, 0)


def test_passed_and_completed_of_one_registration_are_one_completion(take, ana, course) -> None:
    context = {"registration": str(uuid.uuid4())}
    passed = said(course.activity_id, context=context)
    completed = said(
        course.activity_id, verb=f"{ADL}completed", context=context, timestamp="2026-11-02T09:31:00Z"
    )

    assert take(passed) == ["applied"]
    assert take(completed) == ["applied"]
    assert counts() == (2, 1, 1)


def test_passed_and_completed_of_one_second_in_one_array_are_one_completion(take, ana, course) -> None:
    assert take(said(course.activity_id), said(course.activity_id, verb=f"{ADL}completed")) == [
        "applied",
        "applied",
    ]
    assert counts() == (2, 1, 1)


def test_another_day_is_another_completion(take, ana, course) -> None:
    take(said(course.activity_id), said(course.activity_id, timestamp="2026-11-09T09:30:00Z"))

    assert counts()[:2] == (2, 2)


@pytest.mark.parametrize("is_first", [True, False])
def test_voiding_takes_the_completion_back_whichever_comes_first(take, ana, course, is_first) -> None:
    document = said(course.activity_id)
    voiding = void(document["id"])

    take(*([voiding] if is_first else [document]))
    take(*([document] if is_first else [voiding]))

    assert counts() == (2, 0, 0)
    assert Statement.objects.standing().get().statement_id == uuid.UUID(voiding["id"])


def test_voiding_within_one_array(take, ana, course) -> None:
    document = said(course.activity_id)

    take(document, void(document["id"]))

    assert counts() == (2, 0, 0)


def test_a_completion_stands_while_another_statement_speaks_for_it(take, ana, course) -> None:
    passed, completed = said(course.activity_id), said(course.activity_id, verb=f"{ADL}completed")
    take(passed, completed)

    take(void(passed["id"]))
    assert counts()[1:] == (1, 1)
    take(void(completed["id"]))
    assert counts()[1:] == (0, 0)


def test_after_voiding_a_corrected_statement_counts_anew(take, ana, course) -> None:
    context = {"registration": str(uuid.uuid4())}
    wrong = said(course.activity_id, context=context, result={"score": {"scaled": 0.5}})
    take(wrong)
    take(void(wrong["id"]))

    assert take(said(course.activity_id, context=context, result={"score": {"scaled": 0.9}})) == ["applied"]
    assert Completion.objects.standing().get().score == 9_000


def test_what_voids_cannot_be_voided(take, ana, course) -> None:
    document = said(course.activity_id)
    voiding = void(document["id"])
    take(document, voiding)

    with pytest.raises(StatementRefused):
        take(void(voiding["id"]))
    with pytest.raises(StatementRefused):
        take(first := void(str(uuid.uuid4())), void(first["id"]))

    assert counts() == (2, 0, 0)


def test_a_line_voids_nothing_of_another(take, ana, course, line) -> None:
    document = said(course.activity_id)
    take(document)

    take(void(document["id"]), line=LineFactory(code="US"))

    assert counts() == (2, 1, 1)


def test_a_person_of_another_line_is_nobody(take, course) -> None:
    stranger = UserFactory(email="ana@example.com")
    RoleFactory(user=stranger, role=Role.CONTRIBUTOR, line=LineFactory(code="US"))

    assert take(said(course.activity_id)) == ["parked"]
    assert Statement.objects.get().user is None
    assert counts()[1] == 0


def test_people_of_the_whole_company_are_known_to_root_lines_only(take, course, line) -> None:
    RoleFactory(user=UserFactory(email="ana@example.com"), role=Role.HUB_MEMBER, line=None)

    assert take(said(course.activity_id), line=LineFactory(code="EU1", parent=line)) == ["parked"]
    assert take(said(course.activity_id)) == ["applied"]


def test_a_digest_of_an_address_is_recognised(take, ana, course) -> None:
    digest = mbox_digest("ana@example.com")

    assert digest == "5807f05d33ef213c4b711ee15203480025884866"
    assert take(said(course.activity_id, actor={"mbox_sha1sum": digest.upper()})) == ["applied"]


def test_groups_and_people_as_objects_are_information(take, ana, course) -> None:
    group = said(course.activity_id, actor={"objectType": "Group", "mbox": "mailto:ana@example.com"})
    person = said(course.activity_id, object={"objectType": "Agent", "mbox": "mailto:ana@example.com"})

    assert take(group, person) == ["stored", "stored"]


def test_an_unknown_activity_waits_for_a_match_and_later_ones_follow(take, ana, course, at) -> None:
    assert take(said("https://lms.example.com/101")) == ["parked"]

    match, done = match_activity(activity="https://lms.example.com/101", course=course, by=BY, at=at)

    assert done == 1
    assert take(said("https://lms.example.com/101", timestamp="2026-11-09T09:30:00Z")) == ["applied"]
    assert counts() == (2, 2, 2)
    assert unmatch_activity(match, by=BY, at=at) == 2
    assert counts() == (2, 0, 0)
    assert list(Statement.objects.values_list("state", flat=True)) == ["parked", "parked"]
    match_activity(activity="https://lms.example.com/101", course=course, by=BY, at=at)
    assert counts() == (2, 2, 2)


def test_an_unknown_person_waits_for_a_match_and_later_ones_follow(take, ana, course, at) -> None:
    account = {"account": {"homePage": "https://lms.example.com", "name": "e1"}}
    assert take(said(course.activity_id, actor=account)) == ["parked"]

    match, done = match_person(
        kind="account", value="https://lms.example.com e1", user=ana, by=BY, at=at, why="HR list"
    )

    assert done == 1
    assert take(said(course.activity_id, actor=account, timestamp="2026-11-09T09:30:00Z")) == ["applied"]
    assert [one.why for one in ChangeEvent.objects.filter(action="person_match.created")] == ["HR list"]
    assert ChangeEvent.objects.filter(action="statement.judged").count() == 1
    assert unmatch_person(match, by=BY, at=at) == 2
    assert counts() == (2, 0, 0)
    assert not PersonMatch.objects.exists()


def test_a_match_that_is_taken_or_pointless_is_refused(take, ana, course, at) -> None:
    match_person(kind="openid", value="https://id.example.com/1", user=ana, by=BY, at=at)
    gone = UserFactory(is_active=False)

    with pytest.raises(Duplicate):
        match_person(kind="openid", value="https://id.example.com/1", user=UserFactory(), by=BY, at=at)
    with pytest.raises(WrongState):
        match_person(kind="openid", value="https://id.example.com/2", user=gone, by=BY, at=at)
    with pytest.raises(Duplicate):
        match_activity(activity=course.activity_id, course=course, by=BY, at=at)

    assert (PersonMatch.objects.count(), ActivityMatch.objects.count()) == (1, 0)


def test_somebody_who_joins_later_is_found_by_the_hourly_look(take, line, course, at) -> None:
    take(said(course.activity_id))
    RoleFactory(user=UserFactory(email="ana@example.com"), role=Role.VIEWER, line=line)

    judge_parked_statements()
    judge_parked_statements()

    assert counts() == (1, 1, 1)


def test_the_hourly_look_goes_on_where_it_stopped(take, line, ana, course, at) -> None:
    documents = [
        said("https://lms.example.com/101", timestamp=f"2026-11-0{day}T09:30:00Z") for day in range(1, 4)
    ]
    take(*documents)
    ActivityMatch.objects.create(activity="https://lms.example.com/101", course=course)

    after, done = judge_parked(by=BY, at=at, most=2)
    assert (done, after) == (2, Statement.objects.order_by("pk")[1].pk)
    assert judge_parked(by=BY, at=at, after=after, most=2) == (0, 1)


def test_what_cannot_be_a_completion_is_refused_with_its_reason(take, ana, course, at) -> None:
    ana.joined_on = dt.date(2026, 11, 20)
    ana.save()
    unpublished = create_course(code="NXT", titles={"en": "New"}, modes=["session"], by=BY, at=at)

    states = take(
        said(course.activity_id),
        said(course.activity_id, timestamp="2027-11-02T09:30:00Z"),
        said(unpublished.activity_id, timestamp="2026-11-21T09:30:00Z"),
    )

    assert states == ["refused", "refused", "refused"]
    notes = list(Statement.objects.order_by("pk").values_list("note", flat=True))
    assert "joined on" in notes[0]
    assert "future" in notes[1]
    assert notes[2] == "The course has no published version."
    assert counts()[1] == 0


@pytest.mark.parametrize("size", [10, 1_000])
def test_an_array_is_one_transaction_of_as_many_questions_whatever_its_size(
    take, line, course, at, size
) -> None:
    people = [UserFactory(email=f"p{number}@example.com") for number in range(10)]
    for user in people:
        RoleFactory(user=user, role=Role.CONTRIBUTOR, line=line)
    documents = [
        said(
            course.activity_id,
            email=f"p{n % 10}@example.com",
            timestamp=(at - dt.timedelta(days=1 + n // 10)).isoformat(),
        )
        for n in range(size)
    ]

    with CaptureQueriesContext(connection) as asked:
        take(*documents)

    # A database takes so many values in one statement: the pieces of one count once, and there is nothing between them.
    kinds = [" ".join(one["sql"].split("(")[0].split(" VALUES")[0].split()[:4]) for one in asked]
    *runs, _what_became_of_them = (kind for kind, _pieces in itertools.groupby(kinds))
    assert (len(runs), runs[-1]) == (26, f"RELEASE {runs[0]}")
    assert counts() == (size, size, size)


def test_nothing_is_mailed_by_an_intake(take, ana, course) -> None:
    take(said(course.activity_id))

    assert not OutboxMessage.objects.filter(channel="email").exists()


def test_the_document_is_given_back_as_it_came_with_what_the_store_adds(take, ana, course, at) -> None:
    document = said(course.activity_id, context={"platform": "LMS"})
    kept = copy.deepcopy(document)

    take(document)

    assert document == kept
    assert Statement.objects.get().document == kept | {
        "stored": "2026-11-23T09:00:00.000Z",
        "authority": AUTHORITY,
        "version": "1.0.0",
    }
