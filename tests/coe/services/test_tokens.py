"""Service tokens: the secret is seen once, and only a usable one opens anything."""

from datetime import timedelta

import pytest

from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent, ServiceToken
from coe.rules.principals import Actor
from coe.services.line_status import archive_line, restore_line
from coe.services.tokens import authenticate, create_token, revoke_token, rotate_token
from tests.factories import AT, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
LATER = AT + timedelta(days=30)


def make(**fields):
    return create_token(
        **{"line": LineFactory(), "name": "CI", "scopes": ["read"], "expires_at": LATER, "by": BY, "at": AT}
        | fields
    )


def test_a_token_opens_until_it_expires_and_its_secret_is_not_stored():
    token, plain = make()

    assert plain.startswith(f"coe_{token.prefix}_")
    assert authenticate(plain, at=AT) == token
    assert authenticate(plain, at=LATER) is None
    assert plain not in str(ServiceToken.objects.values_list().get())
    assert "digest" not in ChangeEvent.objects.get().changes


def test_the_token_of_an_archived_line_opens_nothing_until_the_line_is_back():
    token, plain = make()
    line = archive_line(token.line, by=BY, at=AT)

    assert authenticate(plain, at=AT) is None
    restore_line(line, by=BY, at=AT)
    assert authenticate(plain, at=AT) == token


@pytest.mark.parametrize("wrong", ["", "coe", "coe_x", "coe__x", "abc_def_ghi", "coe_é_x", "Bearer x"])
def test_what_is_no_token_opens_nothing(wrong):
    make()

    assert authenticate(wrong, at=AT) is None


def test_a_wrong_secret_with_a_right_prefix_opens_nothing():
    token, plain = make()

    assert authenticate(plain + "x", at=AT) is None
    assert authenticate(f"coe_{token.prefix}_x", at=AT) is None


def test_use_is_noted_once_a_minute(django_assert_num_queries):
    _token, plain = make()

    with django_assert_num_queries(2):
        authenticate(plain, at=AT)
    with django_assert_num_queries(1):
        authenticate(plain, at=AT + timedelta(seconds=59))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["incidents:write"]}, "scopes"),
        ({"expires_at": AT}, "expires_at"),
        ({"expires_at": AT + timedelta(days=800)}, "expires_at"),
    ],
)
def test_create_token_refuses_and_writes_nothing(fields, field):
    with pytest.raises(Invalid) as refusal:
        make(**fields)

    assert refusal.value.problems[0].field == field
    assert (ServiceToken.objects.count(), ChangeEvent.objects.count()) == (0, 0)


def test_revoke_closes_at_once_and_only_once():
    token, plain = make()

    revoke_token(token, by=BY, at=AT)

    assert authenticate(plain, at=AT) is None
    with pytest.raises(WrongState):
        revoke_token(token, by=BY, at=AT)


def test_rotate_keeps_the_old_secret_for_the_overlap():
    token, plain = make()

    successor, fresh = rotate_token(token, expires_at=LATER, by=BY, at=AT, overlap=timedelta(days=2))

    assert successor.replaces_id == token.pk
    assert authenticate(fresh, at=AT) == successor
    assert authenticate(plain, at=AT + timedelta(days=1)) == token
    assert authenticate(plain, at=AT + timedelta(days=2)) is None
    with pytest.raises(WrongState):
        rotate_token(token, expires_at=LATER, by=BY, at=AT)
