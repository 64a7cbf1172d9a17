"""Demo log-ins open on the loopback address of the embedded mode and nowhere else."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from coe.backends import HubBackend
from tests.factories import UserFactory

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
