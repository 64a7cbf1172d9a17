"""Every clock of training in one life: from the role somebody is given to the verdict that falls the minute their certificate ends.

Real services, the real timer engine and the real consumer; only the time is the test's.
"""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db.models import Min

from coe.engine.mornings import GRACE, keep_mornings
from coe.engine.ticking import Ticked, tick
from coe.enums.roles import Role
from coe.enums.work import TimerState
from coe.errors import WrongState
from coe.models import BusinessLine, LineFact, Notice, OutboxMessage, Timer, User
from coe.services.outbox import deliver_due
from coe.services.people import assign_role
from metrics.models import VerdictRow
from metrics.services import runs
from tests.factories import LineFactory, UserFactory
from tests.metrics.world import organisation
from tests.training.world import BY, curriculum, taught
from training.models import Certificate, CourseVersion, Enrolment
from training.services.attempts import start_attempt, submit_attempt

pytestmark = pytest.mark.django_db
DAY, HOUR, SECOND = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(seconds=1)
PARIS = ZoneInfo("Europe/Paris")
RIGHT = {f"q{number}": ["a"] for number in range(1, 5)}


@pytest.fixture
def line() -> BusinessLine:
    """A line of business below a root."""
    organisation()
    return LineFactory(code="A", parent=LineFactory(code="ALL", is_spoke=False))


@pytest.fixture
def lead(line, at) -> User:
    """Who leads the line, in another zone than its account manager."""
    lead = UserFactory(name="Lea", time_zone="America/New_York")
    assign_role(lead, role=Role.LINE_LEAD, line=line, by=BY, at=at - 30 * DAY)
    return lead


@pytest.fixture
def foundation(at) -> CourseVersion:
    """The foundation course, which account managers renew within thirty days of its end."""
    version = taught("FND", renewal_days=30)
    curriculum("account-manager", version.course, roles=(Role.ACCOUNT_MANAGER,), at=at - 30 * DAY)
    return version


@pytest.fixture
def mia(line, lead, foundation, at) -> User:
    """A French account manager in Paris, who joins at `at`."""
    person = UserFactory(name="Mia", time_zone="Europe/Paris", language="fr")
    assign_role(person, role=Role.ACCOUNT_MANAGER, line=line, by=BY, at=at)
    return person


def pass_quiz(version: CourseVersion, person: User, at: dt.datetime) -> Certificate:
    """Sit the quiz and pass it."""
    attempt = start_attempt(version, person=person, by=BY, at=at)
    submit_attempt(attempt, answers=RIGHT, by=BY, at=at)
    return Certificate.objects.get(completion__attempt=attempt)


def live(since: dt.datetime, until: dt.datetime) -> None:
    """Let time go by: whatever clock rings next is heard at its instant, and everything it starts is done."""
    keep_mornings(at=since)
    ringing = Timer.objects.filter(state=TimerState.WAITING, due_at__lte=until)
    while (now := ringing.aggregate(next=Min("due_at"))["next"]) is not None:
        pulse(max(now, since))


def pulse(at: dt.datetime) -> None:
    """What the beat does at one moment."""
    tick(at=at)
    deliver_due(at=at)
    runs.consume_facts(at=at)


def told(person: User, since: dt.datetime) -> list[tuple[str, int]]:
    """Notices of somebody from an instant on: what was said, and how many whole days later, by their own calendar."""
    zone = ZoneInfo(person.time_zone)
    begin = since.astimezone(zone).date()
    rows = Notice.objects.filter(user=person, created_at__gte=since).order_by("created_at", "id")
    return [(row.subject, (row.created_at.astimezone(zone).date() - begin).days) for row in rows]


def verdict(line: BusinessLine, code: str = "TRN-C2") -> str:
    """What stands of a line's criterion."""
    return VerdictRow.objects.open().get(line=line, criterion=code).verdict


def test_a_role_enrols_and_the_course_is_asked_for_until_it_is_passed(mia, lead, line, foundation, at):
    enrolled = Enrolment.objects.get(user=mia)
    assert (enrolled.line, enrolled.withdrawn_at, enrolled.requirements.get().due_at) == (
        line, None, at + 30 * DAY,
    )  # fmt: skip

    live(at, at + 40 * DAY)

    course = "Achevez la formation Cours FND"
    # Seven days and one day before it is due, the morning after it was, and never again.
    assert told(mia, at) == [(course, 24), (course, 30), (course, 31)]
    assert told(lead, at) == [("Mia is late with 1 duty", 38)]
    assert verdict(line) == "fail"

    certificate = pass_quiz(foundation, mia, at + 41 * DAY)
    assert LineFact.objects.exists()
    pulse(at + 41 * DAY)

    assert certificate.issued_at == at + 41 * DAY
    assert [verdict(line, code) for code in ("TRN-C2", "TRN-W1")] == ["pass", "pass"]
    live(at + 42 * DAY, at + 60 * DAY)
    assert told(mia, at + 41 * DAY) == []
    assert told(lead, at + 41 * DAY) == []


@pytest.mark.parametrize("is_renewed", [True, False])
def test_a_certificate_reminds_ends_at_its_minute_and_the_line_falls_with_it(
    mia, lead, line, foundation, at, is_renewed
):
    passed = at + 2 * DAY + dt.timedelta(hours=1, minutes=17, seconds=30)
    first = pass_quiz(foundation, mia, passed)
    ends = first.expires_at
    assert (first.issued_at, ends) == (passed, passed.replace(year=passed.year + 1))
    pulse(passed)
    assert verdict(line) == "pass"
    watched = ends - 75 * DAY
    mail.outbox.clear()

    live(watched, ends - 28 * DAY)
    renew = "Renouvelez votre certificat de Cours FND"
    with pytest.raises(WrongState):
        # The window is thirty days wide.
        start_attempt(foundation, person=mia, by=BY, at=ends - 30 * DAY - SECOND)
    second = pass_quiz(foundation, mia, ends - 27 * DAY) if is_renewed else None
    live(ends - 27 * DAY, ends - DAY)

    # Each is said on the first morning at or after its instant: eight o'clock in Paris lies before it on the day itself.
    said = [(renew, 16), (renew, 46)] if is_renewed else [(renew, 16), (renew, 46), (renew, 69)]
    assert told(mia, watched) == said
    assert told(lead, watched) == []

    pulse(ends - SECOND)
    assert (verdict(line), LineFact.objects.exists()) == ("pass", False)
    assert tick(at=ends) == Ticked(fired=1)
    runs.consume_facts(at=ends)
    assert tick(at=ends) == Ticked()
    fallen = VerdictRow.objects.filter(line=line, criterion="TRN-C2", known_from=ends)
    if second is not None:
        assert (verdict(line), fallen.exists()) == ("pass", False)
        live(ends, ends + 20 * DAY)
        assert told(mia, watched) == said
        assert told(lead, watched) == []
        assert second.expires_at == (ends - 27 * DAY).replace(year=ends.year + 1)
    else:
        assert (verdict(line), fallen.count()) == ("fail", 1)
        assert verdict(line.parent) == "fail"
        live(ends, ends + 20 * DAY)
        overdue = ("Achevez la formation Cours FND", 76)
        assert told(mia, watched) == [*said, overdue]
        late = Notice.objects.get(user=lead, created_at__gte=watched)
        assert late.subject == "Mia is late with 1 duty"
        assert GRACE <= late.created_at - ends < GRACE + DAY
        _is_said_in_notices_and_the_week_s_e_mail_only(mia, lead, watched)
        again = pass_quiz(foundation, mia, ends + 21 * DAY)
        runs.consume_facts(at=ends + 21 * DAY)
        assert (verdict(line), again.issued_at) == ("pass", ends + 21 * DAY)


def _is_said_in_notices_and_the_week_s_e_mail_only(mia: User, lead: User, watched: dt.datetime) -> None:
    # An outbox row is an e-mail, a notice, or the silent mark that a word was said in one.
    told_by = Counter(
        OutboxMessage.objects.filter(created_at__gte=watched).values_list("channel", "kind", "state")
    )
    assert set(told_by) == {
        ("email", "digest", "sent"),
        ("inbox", "duty.reminder", "sent"),
        ("inbox", "duty.reminder", "suppressed"),
        ("inbox", "duty.escalation", "sent"),
        ("inbox", "duty.escalation", "suppressed"),
    }
    assert told_by["inbox", "duty.reminder", "sent"] == told_by["inbox", "duty.reminder", "suppressed"] == 4
    # One e-mail a Monday from the day it is owed, to her in French; her lead is told in the week after.
    hers = [one for one in mail.outbox if one.to == [mia.email]]
    assert len(hers) == told_by["email", "digest", "sent"] - sum(
        one.to == [lead.email] for one in mail.outbox
    )
    mailed = OutboxMessage.objects.filter(channel="email", recipient=mia).order_by("created_at")
    mornings = [one.astimezone(PARIS) for one in mailed.values_list("created_at", flat=True)]
    assert {(one.weekday(), one.time()) for one in mornings} == {(0, dt.time(8))}
    days = [one.date() for one in mornings]
    assert days == [days[0] + week * 7 * DAY for week in range(len(days))]
    assert (days[0], days[-1]) == (dt.date(2027, 9, 27), dt.date(2027, 12, 13))
    assert hers[0].subject.startswith("Votre semaine")
    assert "Renouvelez votre certificat de Cours FND" in hers[0].body
    assert "Achevez la formation Cours FND" in hers[-1].body
    assert [one.subject for one in mail.outbox if one.to == [lead.email]] == ["Your week: 0 duties"]
