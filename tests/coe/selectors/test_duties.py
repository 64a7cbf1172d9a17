"""What people owe: from every provider, in order of urgency, with the same queries for one person and for many."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coe.enums.accounts import AccountState
from coe.enums.roles import Role
from coe.enums.work import DutyState
from coe.selectors.duties import Duty, duties_of, duties_on
from coe.selectors.posts import leads_of_lines
from tests.factories import (
    AT,
    AccountFactory,
    LineFactory,
    PlatformFactory,
    RoleFactory,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(person, at=AT):
    return [
        (duty.kind, duty.key, str(duty.title), duty.due_at) for duty in duties_of([person], at=at)[person.pk]
    ]


@pytest.mark.parametrize(
    ("due_at", "state"),
    [
        (None, DutyState.OPEN),
        (AT, DutyState.OVERDUE),
        (AT + timedelta(microseconds=1), DutyState.SOON),
        (AT + 7 * DAY, DutyState.SOON),
        (AT + 7 * DAY + timedelta(microseconds=1), DutyState.OPEN),
    ],
)
def test_a_duty_is_overdue_from_its_instant_on_and_soon_for_a_week_before(due_at, state):
    assert Duty(1, "test", "1", "Do it", "/", due_at).state_at(AT) == state


def test_the_lead_names_new_owners_within_one_business_day_after_an_owner_left():
    line = LineFactory(code="FDE", name="Foods Europe", time_zone="Europe/Berlin")
    lead = RoleFactory(line=line).user
    gone = UserFactory(is_active=False, left_on=date(2026, 2, 27))
    AccountFactory(line=line, primary_owner=gone)
    AccountFactory(
        line=line, primary_owner=lead, backup_owner=UserFactory(is_active=False, left_on=date(2026, 3, 1))
    )
    AccountFactory(line=line, primary_owner=lead)
    AccountFactory(line=line, primary_owner=gone, state=AccountState.ARCHIVED)

    # 27 February was a Friday; business closes at 17:00 in Berlin.
    assert [one for one in told(lead) if one[0] == "account.owner"] == [
        (
            "account.owner",
            "FDE",
            "Name new owners for 2 accounts of Foods Europe",
            datetime(2026, 3, 2, 16, tzinfo=UTC),
        )
    ]
    (duty,) = (one for one in duties_of([lead], at=AT)[lead.pk] if one.kind == "account.owner")
    assert (duty.line, duty.url) == (line, f"/accounts/?owner=gone&line={line.pk}")


def test_a_line_without_a_lead_is_the_duty_of_the_nearest_lead_above():
    top = LineFactory()
    middle = LineFactory(parent=top)
    bottom = LineFactory(parent=middle)
    far, near, left = (
        RoleFactory(line=top).user,
        RoleFactory(line=middle, role=Role.DEPUTY).user,
        UserFactory(),
    )
    RoleFactory(line=bottom, user__is_active=False)
    RoleFactory(line=bottom, role=Role.CONTRIBUTOR, user=left)
    lonely = LineFactory()

    assert leads_of_lines([top.pk, bottom.pk, lonely.pk], at=AT) == {top.pk: (far.pk,), bottom.pk: (near.pk,)}


def test_an_owner_whose_leaving_day_nobody_knows_has_no_date():
    lead = RoleFactory().user
    AccountFactory(line=lead.role_assignments.get().line, backup_owner=UserFactory(is_active=False))

    assert [due_at for *_rest, due_at in told(lead)] == [None]


def test_the_hub_decides_on_requested_accounts_and_nobody_else_does():
    hub, lead = RoleFactory(role=Role.HUB_MEMBER).user, RoleFactory().user
    AccountFactory(state=AccountState.REQUESTED, line=lead.role_assignments.get().line)

    assert told(hub) == [("account.request", "requested", "Decide on 1 requested account", None)]
    assert told(lead) == []


def test_terms_are_reviewed_by_staff_of_the_hub_to_the_end_of_their_day():
    staff = RoleFactory(role=Role.HUB_LEAD, user=UserFactory(is_staff=True)).user
    other = RoleFactory(role=Role.HUB_LEAD).user
    today = AT.date()
    for code, ahead, is_active in (("late", -1, True), ("far", 31, True), ("off", 0, False)):
        PlatformFactory(code=code, terms_review_due_on=today + ahead * DAY, is_active=is_active)

    title = "Review the terms and privacy notice of Late"
    assert told(staff) == [("platform.terms", "late", title, datetime(2026, 3, 2, tzinfo=UTC))]
    assert told(other) == []


def test_whoever_made_a_token_replaces_it_before_it_expires():
    person = UserFactory()
    dying = TokenFactory(created_by=person, expires_at=AT + 30 * DAY, name="Sprout")
    TokenFactory(created_by=person, expires_at=AT + 31 * DAY)
    TokenFactory(created_by=person, expires_at=AT)
    TokenFactory(created_by=person, expires_at=AT + DAY, revoked_at=AT)
    replaced = TokenFactory(created_by=person, expires_at=AT + DAY)
    TokenFactory(created_by=person, replaces=replaced)

    title = "Replace the token “Sprout” before it expires"
    assert told(person) == [("token.expiry", str(dying.public_id), title, dying.expires_at)]


def test_duties_come_by_urgency_and_those_without_a_date_last():
    hub = RoleFactory(role=Role.HUB_LEAD).user
    AccountFactory(state=AccountState.REQUESTED)
    for days in (9, 2):
        TokenFactory(created_by=hub, expires_at=AT + days * DAY, name=f"In {days}")

    assert [duty.due_at and (duty.due_at - AT).days for duty in duties_of([hub], at=AT)[hub.pk]] == [
        2,
        9,
        None,
    ]


def test_who_has_left_owes_nothing():
    assert duties_of([UserFactory(is_active=False)], at=AT) == {}


def test_other_readers_are_told_of_duties_of_their_lines_only():
    ours, theirs = LineFactory(), LineFactory()
    duties = [
        Duty(1, "test", str(number), "Do", "/", line=line) for number, line in enumerate((ours, theirs, None))
    ]

    assert duties_on(duties, {ours.pk}) == duties[:1]


@pytest.mark.parametrize("count", [1, 3])
def test_many_people_with_many_duties_cost_the_same(count, django_assert_num_queries):
    people = []
    for number in range(count):
        lead = RoleFactory(user=UserFactory(is_staff=True)).user
        RoleFactory(user=lead, role=Role.HUB_LEAD)
        line = lead.role_assignments.get(role=Role.LINE_LEAD).line
        AccountFactory(line=line, primary_owner=UserFactory(is_active=False, left_on=AT.date()))
        AccountFactory(line=line, state=AccountState.REQUESTED)
        PlatformFactory(code=f"p{number}", terms_review_due_on=AT.date())
        TokenFactory(created_by=lead, expires_at=AT + DAY)
        people.append(lead)

    # Every floor's providers are asked, however many people there are.
    with django_assert_num_queries(41):
        found = duties_of(people, at=AT)

    # Each platform is a duty of everybody, and so is what each leaver left behind.
    assert [len(found[person.pk]) for person in people] == [3 + 2 * count] * count
