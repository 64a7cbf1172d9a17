"""Nobody reaches rights they do not hold by managing the people who hold them: an e-mail address is a way in."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from coe.enums.roles import Role
from coe.models import ChangeEvent, User
from coe.rules.principals import principal_of
from coe.rules.roles import may_manage_person
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.plugins.api import Caller
from tests.plugins.pages import log_in

__all__ = ["log_in"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return RoleFactory(
        role=Role.ADMINISTRATOR, line=None, user=UserFactory(email="root@example.com", name="Root")
    ).user


def state():
    """Everything a refusal must leave as it is."""
    return list(User.objects.order_by("pk").values()), ChangeEvent.objects.count()


@pytest.mark.parametrize("door", ("page", "api", "admin", "leave"))
def test_a_hub_member_does_not_take_an_administrators_log_in_over(log_in, administrator, door):
    hub = log_in(Role.HUB_MEMBER, is_staff=True)
    before = state()
    form = {
        "email": "mine@example.com",
        "name": "Root",
        "language": "en",
        "time_zone": "UTC",
        "hub_fte_hundredths": "0",
    }
    person = administrator.public_id

    answer = {
        "page": lambda: hub.post(
            reverse("person-edit", args=[person]), form | {"revision": administrator.revision}
        ),
        "leave": lambda: hub.post(reverse("person-leave", args=[person]), {"why": "x"}),
        "api": lambda: Caller(client=hub).patch(f"/api/v1/people/{person}/", {"email": "mine@example.com"}),
        "admin": lambda: hub.post(
            reverse("admin:coe_user_change", args=[administrator.pk]), form, follow=True
        ),
    }[door]()

    assert answer.status_code == (200 if door == "admin" else 403)
    assert state() == before


def test_who_may_manage_whom(at):
    hub_lead, member = (
        principal_of(RoleFactory(role=role, line=None).user, at) for role in (Role.HUB_LEAD, Role.HUB_MEMBER)
    )
    lead_of_a_line = RoleFactory(role=Role.LINE_LEAD, line=LineFactory()).user
    root = UserFactory(is_superuser=True)
    people = (lead_of_a_line, member.user, hub_lead.user, root)

    assert [may_manage_person(member, one, at) for one in people] == [True, True, False, False]
    assert [may_manage_person(hub_lead, one, at) for one in people] == [True, True, True, False]
    assert [may_manage_person(principal_of(lead_of_a_line, at), one, at) for one in people] == [False] * 4


@pytest.mark.parametrize(("role", "left"), [(Role.ADMINISTRATOR, 0), (Role.HUB_LEAD, 1)])
def test_only_an_administrator_takes_a_second_factor_away(log_in, role, left):
    staff = log_in(role, is_staff=True)
    person = UserFactory(name="Ada")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})

    for _twice in range(2):
        staff.post(
            reverse("admin:coe_user_changelist"),
            {"action": "take_second_factor", "_selected_action": [person.pk], "confirmed": "1"},
        )

    assert Authenticator.objects.filter(user=person).count() == left
    assert ChangeEvent.objects.filter(action="person.second_factor_removed").count() == 1 - left
