"""Administrators see the product's clocks and let them out of quarantine; others only look."""

import pytest
from django.urls import reverse

from coe.enums.roles import Role
from coe.enums.work import TimerState
from coe.models import ChangeEvent, Timer
from tests.factories import AT, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "admin:coe_timer_changelist"


@pytest.fixture
def stuck():
    return Timer.objects.create(
        kind="bell", subject="1", due_at=AT, state=TimerState.QUARANTINED, last_error="Boom"
    )


def log_in(client, role):
    user = RoleFactory(role=role, user=UserFactory(is_staff=True)).user
    client.force_login(user, backend="coe.backends.HubBackend")
    return user


def release(client, *timers):
    return client.post(
        reverse(LIST), {"action": "release", "_selected_action": [timer.pk for timer in timers]}, follow=True
    ).content.decode()


def test_an_administrator_reads_the_error_and_releases_the_timer(client, stuck):
    admin = log_in(client, Role.ADMINISTRATOR)

    assert "Boom" in client.get(reverse("admin:coe_timer_change", args=[stuck.pk])).content.decode()
    assert "1 timer released." in release(client, stuck)

    stuck.refresh_from_db()
    assert (stuck.state, stuck.epoch) == (TimerState.WAITING, 2)
    assert ChangeEvent.objects.values_list("action", "actor_label").get() == ("timer.released", str(admin))


def test_what_is_not_in_quarantine_is_refused_and_nothing_is_released(client, stuck):
    log_in(client, Role.ADMINISTRATOR)
    other = Timer.objects.create(kind="bell", subject="2", due_at=AT)

    assert "Only timers in quarantine can be released" in release(client, stuck, other)

    stuck.refresh_from_db()
    assert (stuck.state, stuck.epoch, ChangeEvent.objects.count()) == (TimerState.QUARANTINED, 1, 0)


def test_an_auditor_reads_and_releases_nothing(client, stuck):
    log_in(client, Role.AUDITOR)

    assert "released" not in release(client, stuck)

    stuck.refresh_from_db()
    assert stuck.state == TimerState.QUARANTINED
