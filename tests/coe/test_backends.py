"""Demo log-ins open on the loopback address of the embedded mode and nowhere else."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory

from coe.backends import HubBackend
from coe.demo.company import LOGINS, PASSWORD
from coe.demo.world import email_of
from coe.enums.roles import Role
from coe.rules.principals import Grant, principal_of
from tests.factories import AT, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
WORD = "a long demo password"


def person(**fields):
    user = UserFactory(**fields)
    user.set_password(WORD)
    user.save()
    return user


def enter(user, address):
    return authenticate(
        RequestFactory(REMOTE_ADDR=address).post("/"), username=user.email, email=user.email, password=WORD
    )


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.7", False),
        ("203.0.113.9", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_demo_person_enters_from_this_machine_only(address, opens):
    user = person(is_demo=True)
    assert enter(user, address) == (user if opens else None)


def test_demo_person_never_enters_in_production(settings):
    settings.EMBEDDED = False
    user = person(is_demo=True)
    assert enter(user, "127.0.0.1") is None
    assert HubBackend().get_user(user.pk) is None


def test_real_person_enters_from_anywhere(settings):
    user = person()
    assert enter(user, "203.0.113.9") == user
    settings.EMBEDDED = False
    assert enter(user, "203.0.113.9") == user
    assert HubBackend().get_user(user.pk) == user


def test_a_session_reads_the_person_and_their_roles_at_once(at, django_assert_num_queries):
    user = UserFactory(is_staff=True)
    ended = RoleFactory(user=user, role="hub_member", valid_until=at - timedelta(days=1))
    held = RoleFactory(user=user)
    RoleFactory(user=user, role="auditor", valid_from=at + timedelta(days=1))

    with django_assert_num_queries(1):
        found = HubBackend().get_user(user.pk)
        principal = principal_of(found, at)
        before = principal_of(found, ended.valid_until - timedelta(days=1))

    assert (found, found.is_staff, found.public_id) == (user, True, user.public_id)
    assert principal.grants == (Grant(Role.LINE_LEAD, held.line_id),)
    assert {grant.role for grant in before.grants} == {Role.HUB_MEMBER, Role.LINE_LEAD}
    assert principal.grants == principal_of(user, at).grants


def test_a_session_of_somebody_who_may_not_enter_finds_nobody():
    assert HubBackend().get_user(UserFactory(is_active=False).pk) is None
    assert HubBackend().get_user(-1) is None
    assert principal_of(HubBackend().get_user(UserFactory().pk), AT).grants == ()


def test_one_click_enters_the_demo_and_goes_where_it_was_asked_to():
    role, name = LOGINS[0]
    user = UserFactory(name=name, email=email_of(name), is_demo=True)
    user.set_password(PASSWORD)
    user.save()
    client = Client()

    page = client.get("/auth/login/?next=/accounts/").content.decode()
    form = page[page.index('id="demo-logins"') :].split("</section>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = client.post("/auth/login/", hidden)

    assert (f"Sign in as {name}" in form, role in form) == (True, True)
    assert (answer.status_code, answer["Location"], client.session["_auth_user_id"]) == (
        302,
        "/accounts/",
        str(user.pk),
    )
