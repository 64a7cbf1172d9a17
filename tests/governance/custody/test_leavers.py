"""A person leaves: everything they hold, a successor for each thing or a word that there is none, all of it or nothing."""

import datetime as dt

import pytest
import time_machine

from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent
from coe.selectors.duties import duties_of
from coe.selectors.holdings import holdings_of, left_behind
from coe.services.handing_over import hand_over, leave_company, who_gets_what
from governance.models import DiscoverySweep, Finding, PolicyException
from tests.factories import (
    AT,
    AccountFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TokenFactory,
    UserFactory,
)
from tests.governance.custody.world import BY
from tests.plugins.api import hub_call
from tests.plugins.pages import log_in
from tests.training.world import taught
from training.models import Session

__all__ = ["hub_call", "log_in"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _the_hour_stands():
    with time_machine.travel(AT, tick=False):
        yield


def held_by(person, line):
    """One thing of every kind."""
    other = UserFactory()
    account = AccountFactory(line=line, handle="own", primary_owner=person, backup_owner=other)
    AccountFactory(line=line, handle="backed", primary_owner=other, backup_owner=person)
    AccountFactory(line=line, handle="called", emergency_contact=person)
    AccountFactory(line=line, handle="closed", primary_owner=person, state="archived")
    RoleFactory(user=person, role=Role.ACCOUNT_MANAGER, line=line)
    TokenFactory(line=line, created_by=person, name="Suite")
    Session.objects.create(course=taught().course, starts_at=AT + DAY, ends_at=AT + 2 * DAY, trainer=person)
    found = {"platform": PlatformFactory(code="twitter"), "found_at": AT, "assignee": person}
    Finding.objects.create(handle="fake", handle_key="fake", **found)
    Finding.objects.create(handle="gone", handle_key="gone", state="closed", triaged_at=AT, **found)
    DiscoverySweep.objects.create(name="Spring", started_at=AT, led_by=person)
    PolicyException.objects.create(
        title="No course", subject="account", account=account, reason="x", compensating_control="y", requester=other, requested_at=AT,
        approver=person, expires_at=AT + DAY,
    )  # fmt: skip
    return other


HELD = [
    ("account.primary", "own · Twitter"), ("account.backup", "backed · Twitter"), ("account.emergency", "called · Twitter"),
    ("role", "Account manager, Line EU"), ("token", "Suite"), ("session", "FND · 2026-03-03"), ("exception", "No course"),
    ("finding", "fake"), ("sweep", "Spring"),
]  # fmt: skip


def told(person):
    return [(row.kind, row.label) for one in holdings_of([person.pk], at=AT)[person.pk] for row in one.rows]


def test_a_leaver_hands_over_everything_or_says_that_nobody_takes_it():
    line, ana, eve = LineFactory(code="EU"), UserFactory(name="Ana"), UserFactory(name="Eve")
    other = held_by(ana, line)
    assert told(ana) == HELD
    assert told(eve) == []
    before = ChangeEvent.objects.count()

    with pytest.raises(Invalid) as caught:
        leave_company(ana, by=BY, at=AT)
    assert len(caught.value.problems) == 7
    backup = next(
        row
        for one in holdings_of([ana.pk], at=AT)[ana.pk]
        for row in one.rows
        if row.kind == "account.backup"
    )
    exception = PolicyException.objects.get()
    for successors, rest in (
        ({backup.name: other}, eve), ({f"exception:{exception.public_id}": other}, eve), ({"account.primary:x": eve}, eve),
        ({}, ana), ({}, UserFactory(is_active=False)),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            leave_company(ana, successors=successors, rest=rest, by=BY, at=AT)
    ana.refresh_from_db()
    assert (ana.is_active, told(ana), ChangeEvent.objects.count()) == (True, HELD, before)
    assert who_gets_what(ana, rest=eve, successors={backup.name: None}, at=AT)[backup.name] is None

    gone = leave_company(ana, rest=eve, successors={backup.name: None}, by=BY, at=AT, why="Left")

    assert (gone.is_active, told(ana), {kind for kind, _label in told(eve)}) == (
        False,
        [("account.backup", "backed · Twitter"), ("token", "Suite")],
        {kind for kind, _label in HELD} - {"account.backup", "role", "token"},
    )
    event = ChangeEvent.objects.get(action="person.handed_over")
    assert (event.changes["to_nobody"][1], event.why) == (["backed · Twitter"], "Left")
    with pytest.raises(WrongState):
        leave_company(ana, rest=eve, by=BY, at=AT)

    boss = UserFactory()
    RoleFactory(user=boss, role=Role.HUB_LEAD, line=None)
    duty = next(one for one in duties_of([boss], at=AT)[boss.pk] if one.kind == "person.left")
    assert (str(duty.title), duty.url) == (
        "Find somebody for 1 thing that Ana held",
        f"/people/{ana.public_id}/hand-over/",
    )
    assert hand_over(ana, rest=eve, by=BY, at=AT) == 1
    assert left_behind(at=AT) == {}


def test_an_owner_who_was_backup_is_backup_no_more():
    ana, ben = UserFactory(), UserFactory()
    account = AccountFactory(primary_owner=ana, backup_owner=ben)

    leave_company(ana, rest=ben, by=BY, at=AT)

    account.refresh_from_db()
    assert (account.primary_owner, account.backup_owner, account.custody_revision) == (ben, None, 2)


def test_leaving_on_the_page_and_over_the_api(log_in, hub_call):
    hub = log_in(Role.HUB_LEAD)
    line, ana, eve, tom = (
        LineFactory(code="EU"),
        UserFactory(name="Ana"),
        UserFactory(email="eve@example.com"),
        UserFactory(),
    )
    held_by(ana, line)
    path = f"/people/{ana.public_id}/"

    page = hub.get(f"{path}leave/").content.decode()
    assert all(label in page for _kind, label in HELD)
    refused = hub.post(f"{path}leave/", {"why": "Left"})
    assert (refused.status_code, "or say that nobody does" in refused.content.decode()) == (422, True)
    assert "own · Twitter" in hub.get(f"{path}hand-over/").content.decode()
    assert hub.post(f"{path}leave/", {"rest_to_nobody": "on"}).status_code == 302
    assert "Ana" in hub.get("/people/leavers/").content.decode()
    assert hub.post(f"{path}hand-over/", {"rest": "eve@example.com"}).status_code == 302
    assert "Nobody left anything behind" in hub.get("/people/leavers/").content.decode()
    assert "do not come back" in hub.get(f"{path}leave/").content.decode()
    assert hub.post(f"{path}leave/", {"why": "Back"}).status_code == 302

    api = f"/api/v1/people/{eve.public_id}/leave/"
    names = {row["kind"]: row["name"] for row in hub_call.get(api).json()["holdings"]}
    bodies = (
        {}, {"successors": {names["finding"]: "nobody@example.com"}}, {"successors": {"x:1": None}, "rest_to_nobody": True},
    )  # fmt: skip
    assert [hub_call.post(api, body).status_code for body in bodies] == [422, 422, 422]
    body = {"rest": tom.email, "successors": {names["finding"]: None}}
    dry = hub_call.post(api, {**body, "dry_run": True})
    assert (dry.status_code, dry.json()["would"][names["finding"]]) == (200, None)
    assert dry.json()["would"][names["sweep"]] == tom.email
    eve.refresh_from_db()
    assert eve.is_active
    left = hub_call.post(api, body)
    assert (left.status_code, left.json()["is_active"]) == (200, False)
    assert DiscoverySweep.objects.get().led_by == tom
