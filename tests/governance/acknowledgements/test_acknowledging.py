"""Answers to a policy: to the exact words, once, by the person or openly for them; and nothing is written when one is refused."""

import dataclasses
import threading

import pytest
from django.db import connections

from coe.enums.roles import Role
from coe.errors import Invalid, NotAllowed, WrongState
from coe.models import ChangeEvent, LineFact, Notice
from coe.rules.principals import Actor, principal_of
from governance.models import Acknowledgement, PolicyDue
from governance.selectors.acknowledgements import (
    acknowledgements_visible_to,
    dues_visible_to,
    owing,
    people_answered_for,
    policies_of,
)
from governance.services.acknowledging import Shown, accept_policy, decline_policy, take_back_decline
from governance.services.audience import open_publication, tell_audiences
from tests.factories import RoleFactory, UserFactory
from tests.governance.acknowledgements.world import BY, DAY, binds, me, policy, shown, version
from tests.plugins.pages import tree

__all__ = ["tree"]


@pytest.fixture
def world(tree, at):
    """Ada and Ben of Foods, Lena who leads Europe, Uma of the Americas; a policy of all of them, told."""
    people = {}
    for name, role, line in (
        ("Ada", Role.VIEWER, tree.foods), ("Ben", Role.VIEWER, tree.foods), ("Lena", Role.LINE_LEAD, tree.europe),
        ("Uma", Role.VIEWER, tree.america),
    ):  # fmt: skip
        people[name] = UserFactory(name=name, email=f"{name.lower()}@example.com")
        RoleFactory(user=people[name], role=role, line=line)
    one = policy()
    binds(one)
    made = open_publication(version(one, at=at), by=BY, at=at)
    tell_audiences(at=at)
    Notice.objects.all().delete()
    LineFact.objects.all().delete()
    return dataclasses.make_dataclass("World", ["version", "policy", *people])(made, one, *people.values())


def rows(**fields):
    found = PolicyDue.objects.filter(**fields).order_by("person__name", "id")
    return list(found.values_list("person__name", "answer", "settled_at", "settled_by__language"))


@pytest.mark.django_db
def test_accept_once_decline_with_a_reason_and_take_it_back(world, tree, at) -> None:
    ada, ben, now = world.Ada, world.Ben, at + DAY

    first = accept_policy(world.version, person=ada, shown=shown(world.version, "fr"), by=me(ada), at=now)
    again = accept_policy(world.version, person=ada, shown=shown(world.version), by=me(ada), at=now + DAY)
    assert again == first
    assert Acknowledgement.objects.values().get() == {
        "id": first.pk, "public_id": first.public_id, "created_at": now, "updated_at": now, "revision": 1,
        "version_id": world.version.pk, "person_id": ada.pk, "campaign_id": None, "answer": "accepted", "reason": "",
        "language": "fr", "sha256": shown(world.version, "fr").sha256, "at": now, "person_name": "Ada",
        "recorded_by_id": None, "note": "", "withdrawn_at": None,
    }  # fmt: skip
    assert rows(person=ada) == [("Ada", "accepted", now, "fr")]
    assert set(LineFact.objects.values_list("fact", "line_id")) == {
        ("acknowledgements", tree.foods.pk), ("acknowledgements", None),
    }  # fmt: skip
    with pytest.raises(WrongState):
        decline_policy(world.version, person=ada, shown=shown(world.version), reason="No", by=me(ada), at=now)

    declined = decline_policy(
        world.version,
        person=ben,
        shown=shown(world.version),
        reason=" Against my contract ",
        by=me(ben),
        at=now,
    )
    same = decline_policy(
        world.version, person=ben, shown=shown(world.version), reason="Other words", by=me(ben), at=now
    )
    assert (same, declined.reason, rows(person=ben)) == (
        declined, "Against my contract", [("Ben", "declined", now, "en")],
    )  # fmt: skip
    with pytest.raises(WrongState, match="Take that back first"):
        accept_policy(world.version, person=ben, shown=shown(world.version), by=me(ben), at=now)
    with pytest.raises(NotAllowed):
        take_back_decline(declined, by=me(ada), at=now)
    take_back_decline(declined, by=me(ben), at=now + DAY)
    assert rows(person=ben) == [("Ben", "", None, None)]
    with pytest.raises(WrongState):
        take_back_decline(declined, by=me(ben), at=now + DAY)
    with pytest.raises(WrongState):
        take_back_decline(first, by=me(ada), at=now)
    accept_policy(world.version, person=ben, shown=shown(world.version), by=me(ben), at=now + 2 * DAY)
    assert rows(person=ben) == [("Ben", "accepted", now + 2 * DAY, "en")]
    told = ChangeEvent.objects.filter(object_type="governance.acknowledgement").order_by("id")
    assert list(told.values_list("action", "line_id", "why")) == [
        ("policy.accepted", tree.foods.pk, ""), ("policy.declined", tree.foods.pk, "Against my contract"),
        ("policy.decline_taken_back", tree.foods.pk, ""), ("policy.accepted", tree.foods.pk, ""),
    ]  # fmt: skip
    assert not Notice.objects.exists()

    mine = policies_of(ada, at=now)
    assert [(one.policy.code, one.is_owed, one.given, one.is_overdue) for one in mine] == [
        ("conduct", False, first, False)
    ]
    late = policies_of(world.Uma, at=now + 40 * DAY)
    assert [(one.is_owed, one.given, one.is_overdue) for one in late] == [(True, None, True)]
    assert [row.person for row in owing([ada, ben, world.Uma])] == [world.Uma]


@pytest.mark.django_db
def test_what_is_refused_leaves_no_trace(world, at) -> None:
    ada, good = world.Ada, shown(world.version)
    old = world.version
    before = rows()

    def refused(error, code="", *, one=old, person=ada, text=good, by=None, **more):
        answer = decline_policy if "reason" in more else accept_policy
        with pytest.raises(error) as caught:
            answer(one, person=person, shown=text, by=by or me(person), at=at + DAY, **more)
        assert [problem.code for problem in caught.value.problems] == ([code] if code else [])

    refused(Invalid, "hash_wrong", text=Shown("en", "0" * 64))
    refused(Invalid, "hash_wrong", text=Shown("fr", good.sha256))
    refused(Invalid, "language_unknown", text=Shown("xx", good.sha256))
    refused(Invalid, "required", reason="  ")
    refused(Invalid, "too_long", reason="x" * 5001)
    refused(Invalid, "required", by=me(world.Lena))
    refused(Invalid, "too_long", by=me(world.Lena), note="x" * 501)
    refused(NotAllowed, by=Actor.system("job"), note="Told us")
    ada.is_active = False
    ada.save()
    refused(WrongState)
    ada.is_active = True
    ada.save()
    draft = version(policy("draft"), state="draft", at=at)
    refused(WrongState, one=draft, text=shown(draft))
    quiet = version(policy("quiet", is_acknowledged=False), at=at)
    refused(WrongState, one=quiet, text=shown(quiet))
    newer = version(world.policy, 2, at=at)
    refused(WrongState)
    refused(Invalid, "hash_wrong", one=newer)
    world.policy.archived_at = at
    world.policy.save()
    refused(WrongState, one=newer, text=shown(newer))

    assert not Acknowledgement.objects.exists()
    assert rows() == before
    assert not ChangeEvent.objects.filter(object_type="governance.acknowledgement").exists()


@pytest.mark.django_db
def test_for_somebody_else_never_silently_and_only_by_their_lead(world, tree, at) -> None:
    lena, ben = world.Lena, world.Ben
    given = accept_policy(
        world.version, person=ben, shown=shown(world.version), by=me(lena), at=at + DAY, note="Signed sheet"
    )
    assert (given.recorded_by, given.note, given.person_name) == (lena, "Signed sheet", "Ben")
    assert list(Notice.objects.values_list("user__name", "subject", "body", "url")) == [
        ("Ben", "Lena recorded that you accepted “Policy conduct”", "Their note: Signed sheet", "/policies/conduct/acknowledge/")
    ]  # fmt: skip
    stranger = UserFactory(name="Stranger")  # was not asked: it counts, and there is no row to answer
    own = accept_policy(
        world.version, person=stranger, shown=shown(world.version), by=me(stranger), at=at + DAY
    )
    assert (own.campaign, rows(person=stranger)) == (None, [])

    now = at + DAY
    lead, employee = principal_of(lena, now), principal_of(world.Ada, now)
    assert set(people_answered_for(lead, now)) == {world.Ada, ben}
    assert set(people_answered_for(employee, now)) == set()
    assert set(acknowledgements_visible_to(lead, now)) == {given}
    assert set(acknowledgements_visible_to(employee, now)) == set()
    assert {row.person.name for row in dues_visible_to(lead, now)} == {"Ada", "Ben", "Lena"}
    assert {row.person.name for row in dues_visible_to(employee, now)} == {"Ada"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_write_one_row(world, at) -> None:
    found, start = [], threading.Barrier(2)

    def press():
        try:
            start.wait(timeout=10)
            found.append(
                accept_policy(
                    world.version, person=world.Ada, shown=shown(world.version), by=me(world.Ada), at=at + DAY
                ).pk
            )
        finally:
            connections.close_all()

    tabs = [threading.Thread(target=press) for _n in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(timeout=20)
    assert len(found) == 2
    assert len(set(found)) == Acknowledgement.objects.count() == 1
