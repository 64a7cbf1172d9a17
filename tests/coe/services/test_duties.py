"""Counts for the menu, and reminders: at most one a day for a person."""

from datetime import UTC, datetime, timedelta

import pytest

from coe.errors import WrongState
from coe.models import ChangeEvent, Notice
from coe.rules.principals import actor_of
from coe.selectors.duties import Duty, duties_of
from coe.services.duties import LISTED, count_all_duties, count_duties, remind_person
from coe.tasks import count_duties as count_task
from tests.factories import AT, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NIGHT = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)


def figures(person):
    person.refresh_from_db()
    return person.open_duties, person.overdue_duties


def owed(person, count=1):
    return [Duty(person.pk, "test", str(number), f"Do {number}", "/") for number in range(count)]


def test_counts_follow_what_is_owed_and_only_changes_are_written():
    person, gone = UserFactory(), UserFactory(is_active=False, open_duties=4, overdue_duties=1)
    TokenFactory(created_by=person, expires_at=AT + DAY)

    assert [count_all_duties(at=AT), count_all_duties(at=AT)] == [2, 0]
    assert (figures(person), figures(gone)) == ((1, 0), (0, 0))
    later = AT + 2 * DAY
    assert count_duties([person], owed=duties_of([person], at=later), at=later) == 1
    assert figures(person) == (0, 0)


def test_the_task_is_harmless_twice():
    person = UserFactory(open_duties=3)

    for _twice in range(2):
        count_task(from_the_future=1)

    assert figures(person) == (0, 0)


def test_a_reminder_reaches_a_person_once_a_day_of_their_own_whoever_sends_it():
    person = UserFactory(time_zone="Europe/Berlin", language="fr")
    one, other = actor_of(UserFactory(name="Lena")), actor_of(UserFactory(name="Hanna"))

    sent = [
        remind_person(person, duties=owed(person, 2), by=by, at=at)
        for by, at in ((one, NIGHT - 2 * DAY), (one, NIGHT - DAY), (other, NIGHT), (one, NIGHT + DAY / 2))
    ]

    assert sent == [True, True, True, False]
    notice = Notice.objects.filter(user=person).earliest("id")
    assert (notice.subject, notice.body, notice.url) == (
        "Lena vous rappelle 2 tâches",
        "Do 0\nDo 1",
        "/me/duties/",
    )
    assert ChangeEvent.objects.filter(action="person.reminded").count() == 3


def test_a_long_list_is_cut(at):
    person = UserFactory()

    remind_person(person, duties=owed(person, LISTED + 2), by=actor_of(UserFactory()), at=at)

    assert Notice.objects.get().body.splitlines()[-1] == "… and 2 more."


def test_nobody_is_reminded_of_nothing(at):
    with pytest.raises(WrongState, match="no open duty here"):
        remind_person(UserFactory(), duties=[], by=actor_of(UserFactory()), at=at)

    assert (Notice.objects.count(), ChangeEvent.objects.count()) == (0, 0)
