"""A tick fires what is due, once, together with what it causes; what cannot be handled does not stop the others."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from coe.engine.claims import claim_due
from coe.engine.ticking import MOST_ATTEMPTS, Ticked, tick
from coe.enums.roles import Role
from coe.enums.work import TimerState
from coe.models import Notice, OutboxMessage, Timer
from coe.models.timers import LEASE, SKEW
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.timers import cancel_timers, set_timers
from coe.tasks import tick_timers
from tests.coe.engine.clockwork import registered, ring, rung
from tests.factories import AT, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def put(*subjects, kind="bell", due_at=AT):
    set_timers(kind, due=dict.fromkeys(subjects, due_at), at=AT)


def states():
    return dict(Timer.objects.values_list("subject", "state"))


def test_what_is_due_fires_once_and_what_is_not_waits():
    with registered("bell", ring):
        put("a", "b")
        put("c", due_at=AT + SECOND)

        assert [tick(at=AT), tick(at=AT)] == [Ticked(fired=2), Ticked()]
        assert states() == {"a": "done", "b": "done", "c": "waiting"}
        assert [tick(at=AT + SECOND), tick(at=AT - HOUR), tick(at=AT + HOUR)] == [
            Ticked(fired=1),
            Ticked(),
            Ticked(),
        ]

    assert rung() == ["bell:a:1", "bell:b:1", "bell:c:1"]


def test_a_tick_with_nothing_due_costs_one_query(django_assert_num_queries):
    with registered("bell", ring):
        put("a", due_at=AT + SECOND)

        with django_assert_num_queries(1):
            tick(at=AT)


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_costs_the_same_at_any_size(django_assert_num_queries, count):
    with registered("bell", ring):
        put(*(str(number) for number in range(count)))

        # Look; claim (3 in a savepoint); effect and settling (in two savepoints); claim again in vain; look for unknown kinds.
        with django_assert_num_queries(14):
            tick(at=AT)

    assert len(rung()) == count


def test_the_task_is_harmless_twice():
    with registered("bell", ring):
        put("a")
        for _twice in range(2):
            tick_timers(from_the_future=1)

    assert rung() == ["bell:a:1"]


def test_more_than_a_tick_can_take_is_left_to_the_next_one_which_is_asked_for(
    django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr("coe.services.later._send", lambda name, kwargs: sent.append(name))
    with registered("bell", ring):
        put(*"abcde")

        with django_capture_on_commit_callbacks(execute=True):
            assert tick(at=AT, batch=2, rounds=2) == Ticked(fired=4)
        assert (rung(), sent) == ([f"bell:{name}:1" for name in "abcd"], ["coe.tick"])
        assert tick(at=AT, batch=2, rounds=2) == Ticked(fired=1)


def test_a_handler_returns_the_next_instant_and_the_timer_goes_on():
    def thrice(batch, *, at):
        ring(batch, at=at)
        return {due.subject: due.due_at + HOUR for due in batch if due.epoch < 3}

    with registered("bell", thrice):
        put("a")
        found = [tick(at=AT + hours * HOUR) for hours in (0, 0, 1, 2, 3)]

    assert found == [Ticked(fired=1), Ticked(), Ticked(fired=1), Ticked(fired=1), Ticked()]
    assert rung() == ["bell:a:1", "bell:a:2", "bell:a:3"]


def test_a_late_tick_catches_up_one_firing_after_the_other():
    def hourly(batch, *, at):
        ring(batch, at=at)
        return {due.subject: due.due_at + HOUR for due in batch}

    with registered("bell", hourly):
        put("a")
        assert tick(at=AT + 3 * HOUR) == Ticked(fired=4)

    assert Timer.objects.values_list("due_at", "epoch").get() == (AT + 4 * HOUR, 5)


@pytest.mark.parametrize("answer", [{"a": AT}, {"z": AT + HOUR}])
def test_a_next_instant_that_is_no_progress_or_of_another_subject_is_a_mistake(answer):
    with registered("bell", lambda batch, *, at: answer):
        put("a")
        assert tick(at=AT) == Ticked(quarantined=1)

    assert "must be later, and of this batch" in Timer.objects.get().last_error


def test_a_pre_check_suppresses_and_says_why():
    def paused(batch, *, at):
        return {due.subject: "account is paused" for due in batch if due.subject != "b"}

    with registered("bell", ring, check=paused):
        put("a", "b", "c")
        assert tick(at=AT) == Ticked(fired=1, suppressed=2)

    assert set(Timer.objects.values_list("subject", "state", "note")) == {
        ("a", "suppressed", "account is paused"),
        ("b", "done", ""),
        ("c", "suppressed", "account is paused"),
    }
    assert rung() == ["bell:b:1"]


def test_a_poison_timer_goes_into_quarantine_with_its_error_and_the_others_go_on():
    admins = [RoleFactory(role=Role.ADMINISTRATOR).user, UserFactory(is_superuser=True)]
    RoleFactory(role=Role.ADMINISTRATOR, user__is_active=False)
    RoleFactory(role=Role.HUB_LEAD)

    def brittle(batch, *, at):
        enqueue_many([Message(due.key, INBOX, admins[0], "bell", due.subject) for due in batch], at=at)
        ring(batch, at=at)
        if any(due.subject == "b" for due in batch):
            raise LookupError("no such bell")

    with registered("bell", brittle):
        put("a", "b", "c")
        assert [tick(at=AT), tick(at=AT + HOUR)] == [Ticked(fired=2, quarantined=1), Ticked()]

    assert rung() == ["bell:a:1", "bell:c:1"]
    poison = Timer.objects.get(subject="b")
    assert (poison.state, poison.last_error) == (TimerState.QUARANTINED, "LookupError: no such bell")
    told = Notice.objects.filter(kind="timer.quarantined").order_by("user_id")
    assert [(notice.user, notice.url) for notice in told] == [
        (admin, f"/admin/coe/timer/{poison.pk}/change/") for admin in sorted(admins, key=lambda one: one.pk)
    ]
    # The messages of the batch that was rolled back left nothing; those of the replay are there once.
    assert sorted(OutboxMessage.objects.filter(kind="bell").values_list("key", flat=True)) == [
        "bell:a:1",
        "bell:c:1",
    ]


def test_a_broken_pre_check_is_poison_too():
    def check(batch, *, at):
        raise ZeroDivisionError

    with registered("bell", ring, check=check):
        put("a")
        assert tick(at=AT) == Ticked(quarantined=1)

    assert rung() == []


def test_a_timer_that_is_set_anew_leaves_quarantine():
    with registered("bell", lambda batch, *, at: {}["gone"]):
        put("a")
        tick(at=AT)
    with registered("bell", ring):
        put("a", due_at=AT + HOUR)
        assert tick(at=AT + HOUR) == Ticked(fired=1)

    assert rung() == ["bell:a:2"]


def test_a_database_in_trouble_postpones_and_condemns_nobody():
    calls = []

    def away(batch, *, at):
        calls.append([due.subject for due in batch])
        if len(calls) == 1:
            raise OperationalError("deadlock detected")
        ring(batch, at=at)

    with registered("bell", away):
        put("a", "b")
        found = [tick(at=AT), tick(at=AT + LEASE - SECOND), tick(at=AT + LEASE)]

    assert found == [Ticked(), Ticked(), Ticked(fired=2)]
    # After the failure each is a suspect and claimed alone.
    assert calls == [["a", "b"], ["a"], ["b"]]


def test_a_worker_that_dies_between_claim_and_settling_loses_nothing_and_repeats_nothing():
    with registered("bell", ring):
        put("a", "b")
        claim_due(at=AT, limit=10)

        found = [tick(at=AT), tick(at=AT + LEASE), tick(at=AT + LEASE)]

    assert found == [Ticked(), Ticked(fired=2), Ticked()]
    assert rung() == ["bell:a:1", "bell:b:1"]


def test_a_timer_that_kills_its_worker_each_time_ends_in_quarantine_and_takes_nobody_along():
    with registered("bell", ring):
        put("a", "b")
        at = AT
        claim_due(at=at, limit=10)
        for _kill in range(MOST_ATTEMPTS - 1):
            at += LEASE
            claim = claim_due(at=at, limit=10)
            assert [one.due.subject for one in claim.timers] == ["a"]
        assert tick(at=at) == Ticked(fired=1)
        assert tick(at=at + LEASE) == Ticked(quarantined=1)

    assert rung() == ["bell:b:1"]
    assert states() == {"a": "quarantined", "b": "done"}


def test_a_clock_set_back_holds_no_claim_for_longer_than_its_lease():
    with registered("bell", ring):
        put("a", due_at=AT - 2 * HOUR)
        claim_due(at=AT, limit=10)

        assert tick(at=AT - SKEW) == Ticked()
        assert tick(at=AT - HOUR) == Ticked(fired=1)

    assert rung() == ["bell:a:1"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda at: set_timers("bell", due={"a": AT + HOUR}, at=at), "waiting"),
        (lambda at: cancel_timers("bell", subjects=["a"], at=at), "cancelled"),
    ],
)
def test_a_timer_that_is_changed_after_it_was_claimed_does_not_fire(change, state):
    def changes_others(batch, *, at):
        change(at)

    with registered("bell", ring), registered("early", changes_others):
        put("a", "b")
        put("c", kind="early", due_at=AT - SECOND)
        # One claim takes all three; the early one is committed before the bells are handled.
        assert tick(at=AT) == Ticked(fired=2)

    assert rung() == ["bell:b:1"]
    assert states() == {"a": state, "b": "done", "c": "done"}


def test_a_handler_that_moves_its_own_timer_is_told_to_return_the_instant():
    def stubborn(batch, *, at):
        set_timers("bell", due={due.subject: due.due_at + HOUR for due in batch}, at=at)

    with registered("bell", stubborn):
        put("a")
        assert tick(at=AT) == Ticked(quarantined=1)

    row = Timer.objects.get()
    assert (row.due_at, row.epoch) == (AT, 1)
    assert "must return the next instant" in row.last_error


def test_a_handler_may_set_timers_of_other_subjects_and_kinds():
    def parent(batch, *, at):
        set_timers("bell", due={f"{due.subject}.child": at + HOUR for due in batch}, at=at)

    with registered("bell", ring), registered("parent", parent):
        put("a", kind="parent")
        assert [tick(at=AT), tick(at=AT + HOUR)] == [Ticked(fired=1), Ticked(fired=1)]

    assert rung() == ["bell:a.child:1"]


def test_an_unknown_kind_waits_for_newer_code_and_goes_into_quarantine_after_an_hour():
    with registered("bell", ring):
        put("a", "b")
        Timer.objects.filter(subject="a").update(state="claimed", claim="0" * 32, lease_until=AT + LEASE)

    assert [tick(at=AT), tick(at=AT + HOUR - SECOND)] == [Ticked(), Ticked()]
    assert tick(at=AT + HOUR) == Ticked(quarantined=2)
    assert set(Timer.objects.values_list("state", "last_error")) == {
        ("quarantined", "No code of this version knows the kind 'bell'.")
    }
