"""Each morning the hub looks at what a person owes, says it once, and on Mondays sends the week's one e-mail."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from coe.engine.kinds import Due
from coe.engine.mornings import GRACE, KIND, keep_mornings, look, next_morning
from coe.engine.ticking import Ticked, tick
from coe.enums.roles import Role
from coe.enums.work import OutboxState
from coe.models import Notice, OutboxMessage, Timer, User
from coe.registries import duties as duty_kinds
from coe.selectors.duties import Duty, DutyKind
from coe.services.outbox import deliver_due
from coe.tasks import keep_mornings as keep_task
from tests.factories import LineFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# A Sunday afternoon and the Monday morning after it, in UTC.
SUNDAY = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def owes():
    """Duties to owe: `owes(person, "Report", due_at, line)`; they last until the end of the test."""
    owed = []

    def provide(people, *, at):
        ids = {person.pk for person in people}
        return [duty for duty in owed if duty.person_id in ids]

    kinds = dict(duty_kinds._items)
    duty_kinds._items.clear()
    duty_kinds._items["test"] = DutyKind("Test", provide)

    def owe(person, title, due_at=None, line=None, **more):
        owed.append(Duty(person.pk, "test", title, title, f"/do/{title}/", due_at, line, **more))

    owe.list = owed
    yield owe
    duty_kinds._items.clear()
    duty_kinds._items.update(kinds)


def morning(at=MONDAY):
    """Everybody's clock is set the day before, and rings."""
    keep_mornings(at=at - 17 * timedelta(hours=1))
    return tick(at=at)


def inbox(person):
    return list(Notice.objects.filter(user=person).order_by("id").values_list("subject", "body", "url"))


@pytest.mark.parametrize(
    ("after", "zone", "expected"),
    [
        (SUNDAY, "UTC", MONDAY),
        (MONDAY, "UTC", MONDAY + DAY),
        (MONDAY - timedelta(microseconds=1), "UTC", MONDAY),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 3, 27, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 28, 7, tzinfo=UTC)),
        (datetime(2026, 3, 1, 23, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 3, 2, 23, tzinfo=UTC)),
    ],
)
def test_the_next_morning_is_eight_o_clock_on_the_wall(after, zone, expected):
    assert next_morning(after, ZoneInfo(zone)) == expected


def test_everybody_here_has_one_clock_and_a_change_of_zone_moves_it():
    one, other = UserFactory(), UserFactory(time_zone="Asia/Tokyo")
    UserFactory(is_active=False)

    assert [keep_mornings(at=SUNDAY), keep_mornings(at=SUNDAY)] == [2, 0]
    User.objects.filter(pk=one.pk).update(time_zone="Europe/Berlin")
    assert keep_mornings(at=SUNDAY) == 1

    set_to = dict(Timer.objects.filter(kind=KIND).values_list("subject", "due_at"))
    assert set_to == {
        str(one.pk): MONDAY - timedelta(hours=1),
        str(other.pk): datetime.combine(date(2026, 3, 1), time(23), UTC),
    }


def test_a_morning_that_nobody_has_looked_at_is_not_moved_away(owes):
    person = UserFactory()
    owes(person, "Report", MONDAY)
    keep_mornings(at=SUNDAY)

    assert keep_mornings(at=MONDAY + DAY) == 0
    assert tick(at=MONDAY + DAY) == Ticked(fired=1)
    # It is still Monday's look, with Monday's e-mail; the next one is Wednesday's.
    assert OutboxMessage.objects.filter(key=f"digest:{person.pk}:2026-W10").count() == 1
    assert Timer.objects.get(kind=KIND).due_at == MONDAY + 2 * DAY


def test_the_task_is_harmless_twice():
    UserFactory()
    for _twice in range(2):
        keep_task(from_the_future=1)

    assert Timer.objects.get(kind=KIND).epoch == 1


def test_who_has_left_is_looked_after_no_more_and_again_when_they_return(owes):
    person = UserFactory()
    keep_mornings(at=SUNDAY)
    User.objects.update(is_active=False)

    assert [tick(at=MONDAY), keep_mornings(at=MONDAY)] == [Ticked(suppressed=1), 0]
    assert Timer.objects.values_list("state", "note").get() == ("suppressed", "the person has left")
    User.objects.update(is_active=True)
    assert keep_mornings(at=MONDAY) == 1
    assert Timer.objects.values_list("subject", "due_at").get() == (str(person.pk), MONDAY + DAY)


def test_a_duty_is_said_on_each_of_its_days_once(owes):
    person = UserFactory()
    owes(person, "Report", MONDAY + 9 * DAY, remind_days=(30, 7, 1), note="Or else.")

    for days in range(12):
        morning(MONDAY + days * DAY)
        look([Due(KIND, str(person.pk), 1, MONDAY + days * DAY)], at=MONDAY + days * DAY)

    said = Notice.objects.filter(user=person).order_by("id").values_list("subject", "url", "created_at")
    assert [(subject, url, (at - MONDAY).days) for subject, url, at in said] == [
        ("Report", "/do/Report/", 0),
        ("Report", "/do/Report/", 2),
        ("Report", "/do/Report/", 8),
        ("Report", "/do/Report/", 9),
    ]
    assert {body for _subject, body, _url in inbox(person)} == {"Or else.\nDue 11 Mar 2026."}


def test_many_duties_of_one_morning_are_one_notice_in_the_persons_language(owes):
    person = UserFactory(language="fr")
    for number in range(22):
        owes(person, f"D{number:02}", MONDAY + timedelta(minutes=number))

    morning()

    ((subject, body, url),) = inbox(person)
    assert (subject, url) == ("22 tâches vous attendent", "/me/duties/")
    assert body.splitlines()[0] == "D00 (échéance : 2 mars 2026)"
    assert body.splitlines()[20:] == ["… et 2 de plus."]
    rows = OutboxMessage.objects.filter(kind="duty.reminder", state=OutboxState.SUPPRESSED)
    assert rows.count() == 22
    assert User.objects.get(pk=person.pk).unread_notices == 1


def test_a_duty_that_moves_is_said_again(owes):
    person = UserFactory()
    owes(person, "Report", MONDAY + DAY)
    morning()
    owes.list.clear()
    owes(person, "Report", MONDAY + 2 * DAY)
    morning(MONDAY + DAY)

    assert [subject for subject, *_rest in inbox(person)] == ["Report", "Report"]


def test_the_week_has_one_e_mail_with_everything_in_it(owes, settings):
    settings.BASE_URL = "https://hub.example.com"
    person = UserFactory(time_zone="Europe/Berlin")
    line = LineFactory(name="Foods")
    owes(person, "Sign", MONDAY - 2 * DAY, line)
    owes(person, "Learn", MONDAY + 3 * DAY)
    owes(person, "Decide")

    for days in range(7):
        morning(MONDAY + days * DAY)
        deliver_due(at=MONDAY + days * DAY)

    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([person.email], "Your week: 3 duties, 1 overdue")
    assert letter.body == (
        "Overdue\n- Sign · Foods · due 28 Feb 2026\n\n"
        "Due within a week\n- Learn · due 5 Mar 2026\n\n"
        "Later, or as soon as you can\n- Decide\n\n"
        "You get this on Mondays when there is something to do. Turn it off in your profile: "
        "https://hub.example.com/me/\n\n"
        "https://hub.example.com/me/duties/"
    )


def test_who_owes_nothing_gets_no_e_mail(owes):
    UserFactory()

    morning()

    assert OutboxMessage.objects.count() == 0


def test_who_turned_the_digest_off_gets_none_and_the_row_says_why(owes):
    person = UserFactory(muted_mail=["digest"])
    owes(person, "Report", MONDAY)

    morning()
    deliver_due(at=MONDAY)

    assert mail.outbox == []
    row = OutboxMessage.objects.get(channel="email")
    assert (row.state, row.note) == (OutboxState.SUPPRESSED, "turned off by the recipient")
    assert [subject for subject, *_rest in inbox(person)] == ["Report"]


def test_a_line_lead_is_told_after_a_week_once_and_again_in_the_digest(owes):
    line = LineFactory()
    lead = RoleFactory(line=line).user
    late = RoleFactory(line=line, role=Role.CONTRIBUTOR, user__name="Willa").user
    owes(late, "Sign", MONDAY - GRACE + DAY, line)
    owes(late, "Own", MONDAY - 30 * DAY)

    morning()
    assert inbox(lead) == []
    for days in range(1, 8):
        morning(MONDAY + days * DAY)

    assert inbox(lead) == [("Willa is late with 1 duty", "Sign (due 24 Feb 2026)", "/people/duties/")]
    # On the Monday after, the lead's e-mail names it, too, though the lead owes nothing.
    letter = OutboxMessage.objects.get(channel="email", recipient=lead)
    assert letter.key == f"digest:{lead.pk}:2026-W11"
    assert "People on lines you lead\n- Willa is late with 1 duty" in letter.payload["body"]


def test_what_a_lead_is_late_with_goes_to_the_lead_above(owes):
    top = LineFactory()
    line = LineFactory(parent=top)
    boss, lead, deputy = (
        RoleFactory(line=top).user,
        RoleFactory(line=line, user__name="Lena").user,
        RoleFactory(line=line, role=Role.DEPUTY).user,
    )
    owes(lead, "Sign", MONDAY - GRACE, line)

    morning()

    assert [subject for subject, *_rest in inbox(boss)] == ["Lena is late with 1 duty"]
    assert inbox(deputy) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_morning_costs_the_same_for_one_and_for_three(owes, count, django_assert_num_queries):
    top = LineFactory()
    RoleFactory(line=top)
    line = LineFactory(parent=top)
    RoleFactory(line=line)
    people = [RoleFactory(line=line, role=Role.CONTRIBUTOR).user for _each in range(count)]
    for person in people:
        owes(person, "Sign", MONDAY - GRACE, line)
    batch = [Due(KIND, str(person.pk), 1, MONDAY) for person in people]

    with django_assert_num_queries(24):
        look(batch, at=MONDAY)

    assert Notice.objects.count() == 2 * count
