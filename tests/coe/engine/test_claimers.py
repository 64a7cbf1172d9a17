"""Claimers side by side, in processes and threads of their own: each timer fires exactly once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from coe.engine.ticking import tick
from coe.models import Tag, Timer
from coe.services.timers import cancel_timers, set_timers
from tests.coe.engine.clockwork import registered, ring
from tests.factories import AT

CLAIMERS, DUE = 8, 1_000
HOUR = timedelta(hours=1)


def side_by_side(*works):
    """Run each work in a thread with a connection of its own; what one of them raised is raised here."""
    errors = []
    gate = threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait(30)
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_claimers_fire_each_timer_once():
    fired = []

    def count(batch, *, at):
        ring(batch, at=at)
        fired.extend(due.key for due in batch)

    with registered("bell", count):
        set_timers("bell", due={str(number): AT for number in range(DUE)}, at=AT)
        side_by_side(*[lambda: tick(at=AT, batch=50)] * CLAIMERS)

    assert sorted(fired) == sorted(f"bell:{number}:1" for number in range(DUE))
    assert Tag.objects.count() == DUE
    assert set(Timer.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_movers_and_cancellers_beside_claimers_leave_every_timer_with_one_fate():
    names = [str(number) for number in range(200)]

    def move():
        for start in range(0, 100, 10):
            set_timers("bell", due=dict.fromkeys(names[start : start + 10], AT + HOUR), at=AT)

    def cancel():
        for start in range(100, 200, 10):
            cancel_timers("bell", subjects=names[start : start + 10], at=AT)

    with registered("bell", ring):
        set_timers("bell", due=dict.fromkeys(names, AT), at=AT)
        side_by_side(move, cancel, *[lambda: tick(at=AT, batch=7)] * 4)
        # Whoever lost a race left timers to the lease; nothing else is open.
        tick(at=AT + timedelta(minutes=1))

    fired = set(Tag.objects.values_list("name", flat=True))
    for subject, epoch, state in Timer.objects.values_list("subject", "epoch", "state"):
        if int(subject) < 100:
            assert (state, epoch) == ("waiting", 2)
        else:
            assert state == ("done" if f"bell:{subject}:1" in fired else "cancelled")
    assert len(fired) <= 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_new_timer_leave_one_row():
    with registered("bell", ring):
        side_by_side(
            *[
                lambda hours=hours: set_timers("bell", due={"a": AT + hours * HOUR}, at=AT)
                for hours in range(1, 9)
            ]
        )

    assert Timer.objects.values_list("subject", "epoch").get() == ("a", 8)
