"""Leaving the demo: an empty hub, its catalogue, one administrator; and never a real hub."""

import pytest

from coe.enums.roles import Role
from coe.errors import WrongState
from coe.models import (
    BusinessLine,
    ChangeEvent,
    LineClosure,
    Organisation,
    Platform,
    RoleAssignment,
    SocialAccount,
    User,
)
from coe.rules.principals import Actor
from coe.services.leaving import DEFAULT_ADMIN, empty_demo, leave_demo
from tests.factories import (
    AT,
    AccountFactory,
    CoOwnerFactory,
    LineFactory,
    RoleFactory,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def demo():
    Organisation.objects.update_or_create(pk=1, defaults={"is_demo": True, "name": "Northwind Group"})
    top = LineFactory()
    line = LineFactory(parent=top)
    owner = UserFactory(is_demo=True)
    account = AccountFactory(line=line, primary_owner=owner)
    CoOwnerFactory(account=account, line=top)
    RoleFactory(user=owner, line=line)
    TokenFactory(line=line, created_by=owner)
    Platform.objects.update(decision="approved")


def test_leaving_empties_the_hub_and_keeps_its_platforms(demo):
    left = leave_demo(by=BY, at=AT, admin_email="Ada@Example.com")

    for model in (BusinessLine, LineClosure, SocialAccount):
        assert model.objects.count() == 0
    assert Platform.objects.values_list("code", "decision").get() == ("twitter", "")
    assert list(User.objects.values_list("email", "is_staff", "is_demo")) == [
        ("ada@example.com", True, False)
    ]
    assert left.administrator.check_password(left.password)
    assert list(RoleAssignment.objects.values_list("user__email", "role")) == [
        ("ada@example.com", Role.ADMINISTRATOR)
    ]
    assert Organisation.objects.values_list("is_demo", "name").get() == (False, "My company")
    assert set(ChangeEvent.objects.values_list("action", flat=True)) == {
        "person.created", "role.assigned", "organisation.demo_left",
    }  # fmt: skip


def test_chosen_password_is_not_told_again(demo):
    left = leave_demo(by=BY, at=AT, admin_password="a word of my own")
    assert (left.administrator.email, left.password) == (DEFAULT_ADMIN, None)
    assert left.administrator.check_password("a word of my own")


def test_real_people_survive_a_reset(demo):
    UserFactory(email="real@example.com")
    empty_demo(at=AT)
    assert list(User.objects.values_list("email", flat=True)) == ["real@example.com"]


@pytest.mark.parametrize("leave", [empty_demo, lambda at: leave_demo(by=BY, at=at)])
def test_real_hub_is_never_emptied(demo, leave):
    Organisation.objects.update(is_demo=False)
    before = (BusinessLine.objects.count(), SocialAccount.objects.count(), User.objects.count())
    with pytest.raises(WrongState, match="not the demo company"):
        leave(at=AT)
    assert (BusinessLine.objects.count(), SocialAccount.objects.count(), User.objects.count()) == before
