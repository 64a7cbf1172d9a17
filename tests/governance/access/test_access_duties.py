"""Whose duty access is: an owner's, else of who leads the line, else the hub's; nobody's is none."""

from datetime import timedelta

import pytest

from coe.enums.roles import Role
from coe.registries import duties
from coe.rules.principals import actor_of
from governance.services.grants import ask_back, grant_access, request_access
from tests.factories import AccountFactory, PlatformFactory, RoleFactory
from tests.governance.exceptions.world import AT, company, person

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=85)


def told(kind, people, at):
    """Name and title of each duty of a kind that these people have."""
    names = {one.pk: one.name for one in people}
    return sorted((names[one.person_id], str(one.title)) for one in duties[kind].duties(people, at=at))


@pytest.fixture
def world():
    return company()


def everybody(world):
    return [world.lena, world.hanna, world.hugo, world.emil]


def test_what_nobody_near_can_confirm_is_the_hubs(world):
    # America has no lead, and its one owner is who gets in.
    kenji = person("Kenji", Role.ACCOUNT_MANAGER, world.america)
    account = AccountFactory(
        line=world.america,
        primary_owner=kenji,
        handle="acme",
        platform=PlatformFactory(code="youtube", name="YouTube"),
    )
    request_access(person=kenji, account=account, level="analyst", by=actor_of(world.hanna), at=AT)
    people = [*everybody(world), kenji]

    review = [("Hanna", "Confirm who gets into YouTube · acme")]
    assert told("access.review", people, LATER) == review

    # Who leads the line, or another owner, takes it from the hub.
    lead = person("Lia")
    role = RoleFactory(user=lead, role=Role.LINE_LEAD, line=world.america, valid_from=AT)
    assert told("access.review", [*people, lead], LATER) == [("Lia", review[0][1])]
    role.delete()
    account.backup_owner = world.emil
    account.save()
    assert told("access.review", people, LATER) == [("Emil", review[0][1])]
    world.emil.is_active = False
    world.emil.save()
    assert told("access.review", people, LATER) == review
    assert told("access.review", [world.lena, world.hugo, kenji], LATER) == []


def test_what_nobody_of_the_line_can_decide_or_take_back_is_the_hubs(world):
    account = AccountFactory(
        line=world.europe,
        primary_owner=world.lena,
        handle="acme",
        platform=PlatformFactory(code="x", name="X"),
    )
    # Lena leads the line and asks for herself.
    row = request_access(person=world.lena, account=account, level="admin", by=actor_of(world.lena), at=AT)
    decide = "Decide on Lena’s access to X · acme"
    assert told("access.revoke", everybody(world), AT) == [("Hanna", decide)]
    fritz = person("Fritz", Role.LINE_LEAD, world.foods)
    theirs = AccountFactory(line=world.foods, handle="foods", platform=account.platform)
    request_access(person=world.emil, account=theirs, level="admin", by=actor_of(world.emil), at=AT)
    assert told("access.revoke", [*everybody(world), fritz], AT) == [
        ("Fritz", "Decide on Emil’s access to X · foods"), ("Hanna", decide),
    ]  # fmt: skip

    grant_access(row, by=actor_of(world.hanna), at=AT)
    ask_back([row], cause="asked", note="", by=actor_of(world.hanna), at=AT)
    # She leads the line: her own is hers to end; without her it is the hub's.
    assert told("access.revoke", everybody(world), AT) == [("Lena", "Take Lena’s access to X · acme back")]
    world.lena.is_active = False
    world.lena.save()
    assert told("access.revoke", [world.hanna, world.hugo], AT) == [
        ("Hanna", "Take Lena’s access to X · acme back")
    ]


def test_as_many_questions_for_three_as_for_one(world, django_assert_num_queries):
    kenji = person("Kenji", Role.ACCOUNT_MANAGER, world.america)
    for number in (1, 2, 3):
        account = AccountFactory(line=world.america, primary_owner=kenji, handle=f"acme{number}")
        request_access(person=kenji, account=account, level="analyst", by=actor_of(world.hanna), at=AT)
        if number in (1, 3):
            with django_assert_num_queries(2):
                assert len(told("access.review", everybody(world), LATER)) == number
