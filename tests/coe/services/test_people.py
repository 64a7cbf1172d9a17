"""People and roles."""

from datetime import timedelta

import pytest

from coe.enums.roles import Role
from coe.errors import Duplicate, Invalid, WrongState
from coe.models import ChangeEvent, LineFact, RoleAssignment, User
from coe.rules.principals import Actor, principal_of
from coe.services.people import (
    assign_role,
    create_person,
    deactivate_person,
    edit_person,
    end_role,
    reactivate_person,
)
from tests.factories import AT, AccountFactory, LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_create_person_stores_the_address_in_lower_case_and_no_usable_password():
    person = create_person(email="Ada@Example.com ", name="Ada", hub_fte_hundredths=50, by=BY, at=AT)

    assert (person.email, person.has_usable_password(), str(person)) == ("ada@example.com", False, "Ada")
    assert "password" not in ChangeEvent.objects.get().changes
    assert list(LineFact.objects.values_list("line_id", "fact")) == [(None, "roles")]


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"email": "ADA@example.com"}, Duplicate, "email"),
        ({"email": "no address"}, Invalid, "email"),
        ({"email": ""}, Invalid, "email"),
        ({"language": "xx"}, Invalid, "language"),
        ({"time_zone": "Nowhere"}, Invalid, "time_zone"),
        ({"hub_fte_hundredths": 101}, Invalid, "hub_fte_hundredths"),
        ({"is_superuser": True}, Invalid, "is_superuser"),
    ],
)
def test_create_person_refuses_and_writes_nothing(fields, error, field):
    UserFactory(email="ada@example.com")

    with pytest.raises(error) as refusal:
        create_person(**{"email": "new@example.com", "by": BY, "at": AT} | fields)

    assert refusal.value.problems[0].field == field
    assert (User.objects.count(), ChangeEvent.objects.count()) == (1, 0)


def test_edit_person_records_what_differs():
    person = UserFactory(name="Ada")

    edit_person(person, changes={"name": "Ada L.", "job_title": ""}, by=BY, at=AT)

    assert ChangeEvent.objects.get().changes == {"name": ["Ada", "Ada L."]}


def test_deactivate_person_ends_roles_and_reactivate_gives_none_back():
    person, line = UserFactory(), LineFactory()
    RoleFactory(user=person, line=line)
    account = AccountFactory(primary_owner=person)

    deactivate_person(person, by=BY, at=AT)

    person.refresh_from_db()
    assert (person.is_active, person.left_on) == (False, AT.date())
    assert not RoleAssignment.objects.current(AT).exists()
    assert set(LineFact.objects.values_list("line_id", "fact")) == {
        (account.line_id, "accounts"),
        (line.pk, "roles"),
    }
    with pytest.raises(WrongState):
        deactivate_person(person, by=BY, at=AT)

    reactivate_person(person, by=BY, at=AT)

    person.refresh_from_db()
    assert principal_of(person, AT + timedelta(days=1)).grants == ()


def test_assign_role_gives_rights_until_it_ends():
    person, line = UserFactory(), LineFactory()

    held = assign_role(person, role=Role.LINE_LEAD, line=line, by=BY, at=AT)

    assert principal_of(person, AT).line_ids == (line.pk,)
    with pytest.raises(Duplicate):
        assign_role(person, role=Role.LINE_LEAD, line=line, by=BY, at=AT)

    end_role(held, by=BY, at=AT + timedelta(days=1))

    assert principal_of(person, AT + timedelta(days=2)).line_ids == ()
    with pytest.raises(WrongState):
        end_role(held, by=BY, at=AT + timedelta(days=2))


@pytest.mark.parametrize(
    ("role", "has_line", "field"),
    [(Role.LINE_LEAD, False, "line"), (Role.HUB_LEAD, True, "line"), ("king", False, "role")],
)
def test_assign_role_refuses_a_line_that_does_not_fit(role, has_line, field):
    person = UserFactory()
    line = LineFactory() if has_line else None

    with pytest.raises(Invalid) as refusal:
        assign_role(person, role=role, line=line, by=BY, at=AT)

    assert refusal.value.problems[0].field == field
    assert (RoleAssignment.objects.count(), ChangeEvent.objects.count()) == (0, 0)


def test_assign_role_refuses_inactive_people_and_an_end_before_the_start():
    with pytest.raises(WrongState):
        assign_role(UserFactory(is_active=False), role=Role.HUB_LEAD, by=BY, at=AT)
    with pytest.raises(Invalid):
        assign_role(UserFactory(), role=Role.HUB_LEAD, by=BY, at=AT, valid_until=AT)

    assert not RoleAssignment.objects.exists()
