"""Enrolments follow roles, in the same transaction and in the nightly reconciliation; by hand they follow people."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coe.enums.roles import Role
from coe.errors import Duplicate, Invalid, WrongState
from coe.models import ChangeEvent, RoleAssignment
from coe.services.people import assign_role, deactivate_person, end_role
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import BY, curriculum, taught
from training.models import Curriculum, Enrolment, Requirement
from training.services.curricula import Item, archive_curriculum, create_curriculum, edit_curriculum
from training.services.enrolments import Synced, enrol_person, sync_enrolments, withdraw_enrolment

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def open_now() -> set[tuple[str, str]]:
    return set(Enrolment.objects.open().values_list("user__email", "curriculum__code"))


def test_joining_a_role_enrols_and_leaving_it_withdraws(at: dt.datetime) -> None:
    first, second = taught("FND"), taught("ACM")
    curriculum(
        "path", items=[Item(first.course, 14), Item(second.course, 60, (first.course,))], roles=(Role.VIEWER,)
    )
    person, line = UserFactory(), LineFactory()

    held = assign_role(person, role=Role.VIEWER, line=line, by=BY, at=at)

    enrolment = Enrolment.objects.get()
    assert (enrolment.user, enrolment.assignment, enrolment.line, enrolment.enrolled_at) == (
        person,
        held,
        line,
        at,
    )
    assert list(Requirement.objects.values_list("user", "course__code", "due_at")) == [
        (person.pk, "FND", at + 14 * DAY), (person.pk, "ACM", at + 60 * DAY),
    ]  # fmt: skip
    end_role(held, by=BY, at=at + DAY)
    enrolment.refresh_from_db()
    assert enrolment.withdrawn_at == at + DAY
    assert not Requirement.objects.exists()
    actions = ChangeEvent.objects.filter(object_id=enrolment.public_id).order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["enrolment.created", "enrolment.withdrawn"]


def test_two_roles_enrol_twice_and_one_that_ends_leaves_the_other(at: dt.datetime) -> None:
    curriculum("path", taught().course, roles=(Role.VIEWER,))
    person = UserFactory()
    first, _second = (
        assign_role(person, role=Role.VIEWER, line=LineFactory(), by=BY, at=at) for _n in range(2)
    )

    end_role(first, by=BY, at=at + DAY)

    assert Enrolment.objects.open().count() == 1
    assert Requirement.objects.count() == 1


def test_who_leaves_the_company_is_withdrawn(at: dt.datetime) -> None:
    curriculum("path", taught().course, roles=(Role.VIEWER, Role.HUB_MEMBER))
    person = UserFactory()
    assign_role(person, role=Role.VIEWER, line=LineFactory(), by=BY, at=at)
    assign_role(person, role=Role.HUB_MEMBER, by=BY, at=at)
    assert Enrolment.objects.open().count() == 2

    deactivate_person(person, by=BY, at=at + DAY)

    assert open_now() == set()


def test_a_curriculum_of_a_line_holds_below_it_and_nowhere_else(at: dt.datetime) -> None:
    region = LineFactory(code="REG")
    inside = RoleFactory(role=Role.VIEWER, line=LineFactory(parent=region)).user
    RoleFactory(role=Role.VIEWER, line=LineFactory())
    RoleFactory(role=Role.HUB_MEMBER)

    curriculum("path", taught().course, roles=(Role.VIEWER, Role.HUB_MEMBER), lines=[region], at=at)

    assert open_now() == {(inside.email, "path")}


def test_the_reconciliation_follows_roles_that_begin_and_end_by_the_calendar(at: dt.datetime) -> None:
    curriculum("path", taught().course, roles=(Role.VIEWER,), at=at)
    person = UserFactory()
    assign_role(
        person,
        role=Role.VIEWER,
        line=LineFactory(),
        by=BY,
        at=at,
        valid_from=at + DAY,
        valid_until=at + 3 * DAY,
    )
    assert open_now() == set()

    days = [sync_enrolments(by=BY, at=at + n * DAY) for n in (1, 1, 2, 3, 3)]

    assert days == [Synced(1, 0), Synced(0, 0), Synced(0, 0), Synced(0, 1), Synced(0, 0)]


@pytest.mark.parametrize("count", [1, 3])
def test_a_reconciliation_costs_the_same_for_one_person_and_for_three(count: int, at: dt.datetime) -> None:
    curriculum("path", taught().course, roles=(Role.VIEWER,), lines=[line := LineFactory()], at=at)
    for _n in range(count):
        RoleFactory(role=Role.VIEWER, line=line)

    with CaptureQueriesContext(connection) as queries:
        assert sync_enrolments(by=BY, at=at) == Synced(count, 0)

    assert len(queries) == 13


def test_a_curriculum_that_changes_takes_its_people_along(at: dt.datetime) -> None:
    first, second = taught("FND").course, taught("PRA").course
    viewer, lead = RoleFactory(role=Role.VIEWER).user, RoleFactory(role=Role.LINE_LEAD).user
    path = curriculum("path", first, roles=(Role.VIEWER,), at=at)
    assert open_now() == {(viewer.email, "path")}

    edit_curriculum(path, items=[Item(first, 40), Item(second, 10)], by=BY, at=at + 20 * DAY)
    assert list(Requirement.objects.order_by("course__code").values_list("course__code", "due_at")) == [
        ("FND", at + 40 * DAY), ("PRA", at + 30 * DAY),
    ]  # fmt: skip
    edit_curriculum(path, items=[Item(second, 10)], roles=[Role.LINE_LEAD], by=BY, at=at + 21 * DAY)
    assert open_now() == {(lead.email, "path")}
    assert list(Requirement.objects.values_list("user", "course__code", "due_at")) == [
        (lead.pk, "PRA", at + 31 * DAY)
    ]

    archive_curriculum(path, by=BY, at=at + 22 * DAY)
    assert open_now() == set()
    with pytest.raises(WrongState):
        edit_curriculum(path, roles=[], by=BY, at=at + 22 * DAY)


def test_a_due_day_never_moves_into_the_past(at: dt.datetime) -> None:
    course = taught().course
    RoleFactory(role=Role.VIEWER)
    path = curriculum("path", course, roles=(Role.VIEWER,), at=at)

    edit_curriculum(path, items=[Item(course, 5)], by=BY, at=at + 20 * DAY)

    assert Requirement.objects.get().due_at == at + 20 * DAY


def test_an_edit_that_changes_nothing_writes_nothing(at: dt.datetime) -> None:
    path = curriculum("path", taught().course, roles=(Role.VIEWER,))
    before = ChangeEvent.objects.count()

    edit_curriculum(path, titles=path.titles, roles=[Role.VIEWER], by=BY, at=at)

    assert ChangeEvent.objects.count() == before
    assert Curriculum.objects.get().revision == 1


def test_a_curriculum_that_cannot_be_followed_is_refused(at: dt.datetime) -> None:
    a, b = taught("A").course, taught("B").course
    outside = taught("C").course
    wrong = [
        ([], [("items", "required")]),
        ([Item(a), Item(a)], [("items/1/course", "doubled")]),
        ([Item(a, 0)], [("items/0/due_days", "out_of_range")]),
        ([Item(a, 5, (outside,))], [("items/0/after", "after_outside")]),
        ([Item(a, 5, (b,)), Item(b, 5, (a,))], [("items", "circle")]),
        ([Item(a, 5, (a,))], [("items", "circle")]),
    ]

    for items, expected in wrong:
        with pytest.raises(Invalid) as error:
            create_curriculum(code="path", titles={"en": "x"}, items=items, by=BY, at=at)
        assert [(problem.field, problem.code) for problem in error.value.problems] == expected
    with pytest.raises(Invalid):
        create_curriculum(code="path", titles={"en": "x"}, items=[Item(a)], roles=["king"], by=BY, at=at)

    assert not Curriculum.objects.exists()


def test_by_hand_a_person_is_enrolled_once_and_withdrawn(at: dt.datetime) -> None:
    person, course = UserFactory(), taught().course

    enrolment = enrol_person(person, course=course, by=BY, at=at)
    with pytest.raises(Duplicate):
        enrol_person(person, course=course, by=BY, at=at)
    assert Requirement.objects.get().due_at == at + 30 * DAY
    withdraw_enrolment(enrolment, by=BY, at=at + DAY)
    with pytest.raises(WrongState):
        withdraw_enrolment(enrolment, by=BY, at=at + DAY)

    enrol_person(person, course=course, due_at=at + 9 * DAY, by=BY, at=at + 2 * DAY)
    assert Requirement.objects.get().due_at == at + 9 * DAY


def test_what_a_role_causes_only_the_role_ends(at: dt.datetime) -> None:
    curriculum("path", taught().course, roles=(Role.VIEWER,))
    assign_role(UserFactory(), role=Role.VIEWER, line=LineFactory(), by=BY, at=at)

    with pytest.raises(WrongState, match="role"):
        withdraw_enrolment(Enrolment.objects.get(), by=BY, at=at)

    assert Enrolment.objects.open().count() == 1


def test_enrolling_by_hand_refuses_what_makes_no_sense(at: dt.datetime) -> None:
    course = taught().course
    path = curriculum("path", course)

    with pytest.raises(Invalid):
        enrol_person(UserFactory(), by=BY, at=at)
    with pytest.raises(Invalid):
        enrol_person(UserFactory(), course=course, curriculum=path, by=BY, at=at)
    with pytest.raises(Invalid):
        enrol_person(UserFactory(), course=course, due_at=at - DAY, by=BY, at=at)
    with pytest.raises(WrongState):
        enrol_person(UserFactory(is_active=False), course=course, by=BY, at=at)

    assert not Enrolment.objects.exists()
    assert not RoleAssignment.objects.exists()
