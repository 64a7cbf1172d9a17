"""Training as the scores see it: certificates of account managers, briefings, practitioners, and the courses themselves."""

import datetime as dt

import pytest

from coe.enums.roles import Role
from coe.models import BusinessLine, User
from coe.services.people import assign_role
from metrics.indicators.base import Moment, moment_of
from metrics.indicators.registry import REGISTRY
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.metrics.world import AT, TODAY, measured
from tests.training.world import BY, SINCE, curriculum, finished, taught
from training.models import Certificate, Course, CourseVersion, Seat
from training.services.certificates import revoke_certificate
from training.services.completions import record_completions, void_completion
from training.services.courses import retire_course
from training.services.sessions import plan_session

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def evidence(code: str, *lines: BusinessLine) -> list[tuple[str, str]]:
    """What fails, and why."""
    ids = [line.pk for line in lines] or None
    return [(item.label, item.why) for item in REGISTRY[code].evidence(ids, moment_of(AT), 10)]


def manager(line: BusinessLine, name: str = "") -> User:
    """An account manager, enrolled by the role."""
    user = UserFactory(name=name or "Mia")
    assign_role(user, role=Role.ACCOUNT_MANAGER, line=line, by=BY, at=SINCE + DAY)
    return user


def passed(version: CourseVersion, user: User, on: dt.datetime) -> None:
    """A completion with its certificate."""
    record_completions([finished(version, on, user)], by=BY, at=AT)


@pytest.fixture
def line() -> BusinessLine:
    """A line of business."""
    return LineFactory(code="A")


def test_without_the_foundation_course_there_is_no_data(line) -> None:
    manager(line)

    assert measured("people.foundation_valid") == {"A": (None, 1, "no_data")}
    assert measured("people.role_certificate_valid") == {"A": (None, 1, "no_data")}


def test_account_managers_hold_a_valid_foundation_certificate(line) -> None:
    foundation = taught("FND")
    good, late, _never = (manager(line, name) for name in ("Ana", "Ben", "Cleo"))
    passed(foundation, good, AT - 30 * DAY)
    passed(foundation, late, AT - 400 * DAY)
    RoleFactory(role=Role.VIEWER, line=LineFactory(code="B"))

    assert measured("people.foundation_valid") == {"A": (1, 3, "ok")}
    assert evidence("people.foundation_valid", line) == [
        ("Ben", "No valid foundation certificate."),
        ("Cleo", "No valid foundation certificate."),
    ]


def test_a_retired_foundation_course_is_none(line) -> None:
    foundation = taught("FND")
    passed(foundation, manager(line), AT - 30 * DAY)
    retire_course(foundation.course, by=BY, at=AT - DAY)

    assert measured("people.foundation_valid") == {"A": (None, 1, "no_data")}


def test_the_certificates_a_role_asks_for_must_all_be_valid(line) -> None:
    foundation, advanced = taught("FND"), taught("ACM")
    curriculum("account-manager", foundation.course, advanced.course, roles=(Role.ACCOUNT_MANAGER,))
    whole, half, lapsed = (manager(line, name) for name in ("Ana", "Ben", "Cleo"))
    for version in (foundation, advanced):
        passed(version, whole, AT - 30 * DAY)
    passed(foundation, half, AT - 30 * DAY)
    passed(foundation, lapsed, AT - 30 * DAY)
    passed(advanced, lapsed, AT - 365 * DAY - 40 * DAY)

    assert measured("people.role_certificate_valid") == {"A": (1, 3, "ok")}
    assert evidence("people.role_certificate_valid") == [("Ben", "Lacks ACM."), ("Cleo", "Lacks ACM.")]
    assert measured("people.certificate_lapsed_days") == {"A": (40, None, "ok")}
    assert evidence("people.certificate_lapsed_days") == [("Cleo", "No valid certificate for 40 days.")]


def test_a_renewed_certificate_has_not_lapsed(line) -> None:
    foundation = taught("FND")
    curriculum("account-manager", foundation.course, roles=(Role.ACCOUNT_MANAGER,))
    user = manager(line)
    passed(foundation, user, AT - 400 * DAY)
    passed(foundation, user, AT - 10 * DAY)

    assert measured("people.certificate_lapsed_days") == {"A": (0, None, "ok")}
    assert measured("people.role_certificate_valid") == {"A": (1, 1, "ok")}


def test_a_certificate_that_was_taken_away_is_missed_from_then_on_and_one_that_never_was_is_not(line) -> None:
    foundation = taught("FND")
    curriculum("account-manager", foundation.course, roles=(Role.ACCOUNT_MANAGER,))
    user = manager(line)
    passed(foundation, user, AT - 30 * DAY)
    certificate = Certificate.objects.get()

    revoke_certificate(certificate, by=BY, at=AT - 3 * DAY, why="Fraud")
    assert measured("people.certificate_lapsed_days") == {"A": (3, None, "ok")}
    void_completion(certificate.completion, by=BY, at=AT, why="Somebody else")
    assert measured("people.certificate_lapsed_days") == {"A": (0, None, "ok")}


def test_who_manages_accounts_of_two_lines_counts_in_both() -> None:
    first, second = LineFactory(code="A"), LineFactory(code="B")
    foundation = taught("FND")
    user = manager(first)
    assign_role(user, role=Role.ACCOUNT_MANAGER, line=second, by=BY, at=SINCE + DAY)
    passed(foundation, user, AT - DAY)

    assert measured("people.foundation_valid") == {"A": (1, 1, "ok"), "B": (1, 1, "ok")}
    assert measured("people.foundation_valid", second) == {"B": (1, 1, "ok")}
    revoke_certificate(Certificate.objects.get(), by=BY, at=AT, why="Fraud")
    assert evidence("people.foundation_valid") == [
        ("Mia", f"No valid foundation certificate. ({line.name})") for line in (first, second)
    ]
    assert evidence("people.foundation_valid", second) == [("Mia", "No valid foundation certificate.")]


def test_leads_and_approvers_took_the_crisis_module_within_a_year(line) -> None:
    crisis = taught("CRI")
    lead, approver, elsewhere = UserFactory(name="Lea"), UserFactory(name="Apu"), UserFactory(name="Else")
    RoleFactory(user=lead, role=Role.LINE_LEAD, line=line)
    for user in (approver, elsewhere):
        RoleFactory(user=user, role=Role.ESCALATION_APPROVER, line=None)
    RoleFactory(user=approver, role=Role.VIEWER, line=line)
    passed(crisis, lead, AT - 100 * DAY)
    passed(crisis, approver, AT - 366 * DAY)

    assert measured("people.crisis_module_12m") == {"A": (1, 2, "ok")}
    assert evidence("people.crisis_module_12m") == [("Apu", "Has not taken CRI within a year.")]


def test_executives_of_a_line_took_the_briefing_within_a_year(line) -> None:
    RoleFactory(role=Role.LINE_LEAD, line=LineFactory(code="B"))
    sponsor = UserFactory(name="Exa")
    RoleFactory(user=sponsor, role=Role.EXECUTIVE_SPONSOR, line=None)
    RoleFactory(user=sponsor, role=Role.VIEWER, line=line)
    assert measured("lines.executives_briefed") == {"A": (None, 1, "no_data")}
    briefing = taught("EXE")
    assert measured("lines.executives_briefed") == {"A": (0, 1, "ok")}
    assert evidence("lines.executives_briefed") == [("Exa", "Has not taken EXE within a year.")]

    passed(briefing, sponsor, AT - DAY)

    assert measured("lines.executives_briefed") == {"A": (1, 1, "ok")}


def test_a_practitioner_outside_of_the_hub_for_each_line_of_business() -> None:
    lines = {code: LineFactory(code=code) for code in "ABC"}
    LineFactory(code="R", is_spoke=False)
    practitioner = taught("PRA")
    own, hub, late = UserFactory(), UserFactory(), UserFactory()
    RoleFactory(user=own, role=Role.CONTRIBUTOR, line=lines["A"])
    RoleFactory(user=hub, role=Role.CONTRIBUTOR, line=lines["B"])
    RoleFactory(user=hub, role=Role.HUB_MEMBER, line=None)
    RoleFactory(user=late, role=Role.CONTRIBUTOR, line=lines["C"])
    for user in (own, hub):
        passed(practitioner, user, AT - DAY)
    passed(practitioner, late, AT - 400 * DAY)

    assert measured("lines.has_practitioner") == {"A": (1, 1, "ok"), "B": (0, 1, "ok"), "C": (0, 1, "ok")}
    assert [label for label, _why in evidence("lines.has_practitioner")] == [lines["B"].name, lines["C"].name]


def test_roles_with_a_curriculum_are_counted_once() -> None:
    course = taught("FND").course
    curriculum("one", course, roles=(Role.LINE_LEAD, Role.DEPUTY))
    curriculum("two", course, roles=(Role.DEPUTY, Role.CONTRIBUTOR))

    assert measured("curricula.roles_mapped") == {None: (3, None, "ok")}
    labels = [label for label, _why in evidence("curricula.roles_mapped")]
    assert "Hub lead" in labels
    assert "Deputy" not in labels


def test_courses_that_nobody_looked_at_for_a_year() -> None:
    assert measured("courses.review_overdue") == {None: (None, None, "no_data")}
    for code, on in (("NXT", TODAY - 10 * DAY), ("OLD", TODAY - 366 * DAY), ("NIL", None)):
        Course.objects.filter(pk=taught(code).course.pk).update(reviewed_on=on)

    assert measured("courses.review_overdue") == {None: (2, None, "ok")}
    assert [label for label, _why in evidence("courses.review_overdue")] == ["Course NIL", "Course OLD"]


def test_ratings_of_a_year_are_averaged_over_answers() -> None:
    assert measured("courses.average_rating") == {None: (None, None, "no_data")}
    assert measured("courses.ratings") == {None: (0, None, "ok")}
    for code, ratings in (("ONE", (5, 4)), ("TWO", (3, None))):
        session = plan_session(
            taught(code).course,
            starts_at=AT - 20 * DAY,
            ends_at=AT - 20 * DAY + dt.timedelta(hours=1),
            by=BY,
            at=AT - 30 * DAY,
        )
        for rating in ratings:
            Seat.objects.create(
                session=session,
                user=UserFactory(),
                state="attended",
                rating=rating,
                booked_at=AT - 25 * DAY,
                rated_at=AT - 19 * DAY if rating else None,
            )

    assert measured("courses.average_rating") == {None: (12, 3, "ok")}
    assert measured("courses.ratings") == {None: (3, None, "ok")}
    assert evidence("courses.average_rating") == [("Course TWO", "Rated 3.0 by 1 person.")]


@pytest.mark.parametrize(
    "code", ["people.role_certificate_valid", "people.crisis_module_12m", "lines.has_practitioner"]
)
def test_many_people_and_lines_ask_as_often_as_one(code, django_assert_num_queries) -> None:
    foundation = taught("FND")
    taught("CRI"), taught("PRA")
    curriculum("account-manager", foundation.course, roles=(Role.ACCOUNT_MANAGER,))
    counts = []
    for number in range(3):
        line = LineFactory(code=f"L{number}")
        passed(foundation, manager(line), AT - DAY)
        RoleFactory(role=Role.LINE_LEAD, line=line)
        with django_assert_num_queries(
            {"people.role_certificate_valid": 4, "people.crisis_module_12m": 4}.get(code, 3)
        ):
            counts.append(len(list(REGISTRY[code].collect(frozenset({code}), None, moment()))))
    assert counts == [1, 2, 3]


def moment():
    """The moment of the tests, its settings read."""

    return Moment(AT, TODAY)
