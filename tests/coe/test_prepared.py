"""A prepared query answers as the queryset it was made of, whatever it is asked, and is compiled once."""

import datetime as dt

import pytest
from django.db.models import CharField

from coe.models import BusinessLine, ServiceToken
from coe.models.prepared import Given, Prepared, PreparedByShape
from coe.rules.principals import Actor, person_with_roles
from coe.services.tokens import authenticate, create_token
from tests.factories import AT, LineFactory, RoleFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
COLUMNS = [field.attname for field in ServiceToken._meta.concrete_fields]


def test_rows_are_those_of_the_queryset_with_every_kind_of_value(django_assert_num_queries):
    one, other = TokenFactory(scopes=["read", "write"]), TokenFactory(revoked_at=AT)
    built = []

    def build():
        built.append(1)
        return ServiceToken.objects.filter(prefix=Given("prefix", CharField())).values_list(*COLUMNS)

    prepared = Prepared(build)

    for token in (one, other, one):
        with django_assert_num_queries(1):
            found = prepared.rows(prefix=token.prefix)
        assert found == list(ServiceToken.objects.filter(pk=token.pk).values_list(*COLUMNS))
    assert prepared.rows(prefix="nothing") == []
    assert len(built) == 1


def test_a_value_that_is_hostile_is_a_value():
    LineFactory(code="FDE")
    prepared = Prepared(
        lambda: BusinessLine.objects.filter(code=Given("code", CharField())).values_list("code")
    )

    assert prepared.rows(code="x' OR '1'='1") == []
    assert prepared.rows(code="%s") == []
    assert prepared.rows(code="FDE") == [("FDE",)]


def test_a_value_that_is_not_given_is_an_error():
    prepared = Prepared(
        lambda: BusinessLine.objects.filter(code=Given("code", CharField())).values_list("code")
    )

    with pytest.raises(KeyError, match="code"):
        prepared.rows()


def test_shapes_are_kept_apart_and_the_oldest_is_forgotten():
    kept = PreparedByShape(most=2)

    def build():
        return BusinessLine.objects.values_list("code")

    first, second = kept.get("a", build), kept.get("b", build)

    assert kept.get("a", build) is first
    kept.get("c", build)
    assert kept.get("b", build) is second
    assert kept.get("a", build) is not first


def test_a_person_is_read_with_their_roles_of_today(django_assert_num_queries):
    role = RoleFactory()
    with django_assert_num_queries(1):
        found = person_with_roles(role.user_id)

    assert found == role.user
    assert found.held_roles == ((role.role, role.line_id, role.valid_from, role.valid_until),)
    assert person_with_roles(UserFactory().pk).held_roles == ()
    assert person_with_roles(0) is None


def test_a_token_comes_with_its_line(django_assert_num_queries):
    line = LineFactory(description="Ours")
    token, secret = create_token(
        line=line,
        name="x",
        scopes=["read"],
        expires_at=AT + dt.timedelta(days=2),
        by=Actor.system("test"),
        at=AT,
    )
    token.last_used_at = AT
    token.save()

    with django_assert_num_queries(1):
        found = authenticate(secret, at=AT)
        assert (found, found.line, found.line.description, found.scopes) == (token, line, "Ours", ["read"])
