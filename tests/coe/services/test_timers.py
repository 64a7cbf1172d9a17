"""Timers are set, moved, called off and released for many subjects at once."""

from datetime import datetime, timedelta

import pytest

from coe.enums.work import TimerState
from coe.errors import WrongState
from coe.models import ChangeEvent, Timer
from coe.models.timers import LEASE
from coe.rules.principals import Actor
from coe.services.timers import cancel_timers, release_timers, set_timers
from tests.coe.engine.clockwork import registered, ring
from tests.factories import AT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _bell():
    with registered("bell", ring):
        yield


def rows(*names):
    return list(Timer.objects.order_by("subject").values_list("subject", *names))


def put(subject="1", *, state, epoch=1, due_at=AT, **fields):
    return Timer.objects.create(
        kind="bell", subject=subject, state=state, epoch=epoch, due_at=due_at, **fields
    )


@pytest.mark.parametrize(("count", "queries"), [(1, 1), (3, 1), (501, 2)])
def test_many_timers_are_set_with_one_statement_per_500(django_assert_num_queries, count, queries):
    due = {str(number): AT + DAY for number in range(count)}

    with django_assert_num_queries(queries + 2):  # and a savepoint around them
        assert set_timers("bell", due=due, at=AT) == count

    assert set(Timer.objects.values_list("kind", "epoch", "due_at", "state", "attempts")) == {
        ("bell", 1, AT + DAY, TimerState.WAITING, 0)
    }


@pytest.mark.parametrize(
    ("state", "other_date", "same_date"),
    [
        (TimerState.WAITING, 2, 1),
        (TimerState.CLAIMED, 2, 1),
        (TimerState.DONE, 2, 1),
        (TimerState.QUARANTINED, 2, 1),
        (TimerState.SUPPRESSED, 2, 2),
        (TimerState.CANCELLED, 2, 2),
    ],
)
def test_another_instant_starts_a_timer_again_and_the_same_one_repeats_nothing(state, other_date, same_date):
    held = {"claim": "0" * 32, "lease_until": AT + LEASE} if state == TimerState.CLAIMED else {}
    for subject in ("other", "same"):
        put(subject, state=state, **held)

    set_timers("bell", due={"other": AT + DAY, "same": AT}, at=AT)

    found = rows("due_at", "epoch")
    assert found == [("other", AT + DAY, other_date), ("same", AT, same_date)]
    assert Timer.objects.get(subject="other").state == TimerState.WAITING
    assert Timer.objects.get(subject="other").claim is None


def test_a_cancelled_timer_is_over_and_what_has_fired_stays_fired():
    for state in (TimerState.WAITING, TimerState.DONE, TimerState.QUARANTINED):
        put(state.value, state=state)

    found = [cancel_timers("bell", subjects=["waiting", "done", "quarantined", "none"], at=AT, note="left")]
    found.append(cancel_timers("bell", subjects=["waiting", "done", "quarantined"], at=AT))

    assert found == [2, 0]
    assert rows("state", "note") == [
        ("done", TimerState.DONE, ""),
        ("quarantined", TimerState.CANCELLED, "left"),
        ("waiting", TimerState.CANCELLED, "left"),
    ]


@pytest.mark.parametrize(
    ("kind", "due", "words"),
    [
        ("bell ", {"1": AT}, "unknown kind"),
        ("bell", {"": AT}, "1 to 120"),
        ("bell", {"x" * 121: AT}, "1 to 120"),
        ("bell", {"1": datetime(2026, 1, 1)}, "no time zone"),
        ("bell", {"0": AT, "1": datetime(2026, 1, 1)}, "no time zone"),
    ],
)
def test_a_timer_nobody_would_hear_is_refused_and_nothing_is_written(kind, due, words):
    with pytest.raises(ValueError, match=words):
        set_timers(kind, due=due, at=AT)

    assert rows() == []


@pytest.mark.parametrize(("after", "hints"), [(timedelta(0), 1), (timedelta(seconds=6), 0)])
def test_only_a_timer_that_is_due_before_the_next_tick_sends_a_hint(
    django_capture_on_commit_callbacks, monkeypatch, after, hints
):
    sent = []
    monkeypatch.setattr("coe.services.later._send", lambda name, kwargs: sent.append(name))

    with django_capture_on_commit_callbacks(execute=True):
        set_timers("bell", due={"1": AT + after}, at=AT)
        set_timers("bell", due={}, at=AT)

    assert sent == ["coe.tick"] * hints


def test_timers_leave_quarantine_together_under_a_new_epoch_and_the_history_says_who():
    stuck = [
        put(subject, state=TimerState.QUARANTINED, epoch=4, attempts=5, last_error="Boom") for subject in "ab"
    ]

    assert release_timers(stuck, by=Actor.system("test"), at=AT + DAY, why="mended") == 2

    fields = ("state", "epoch", "attempts", "last_error")
    assert rows(*fields) == [("a", "waiting", 5, 0, ""), ("b", "waiting", 5, 0, "")]
    told = ChangeEvent.objects.order_by("id").values_list("action", "object_label", "why")
    assert list(told) == [("timer.released", "bell a", "mended"), ("timer.released", "bell b", "mended")]


def test_no_timer_is_released_when_one_of_them_is_not_in_quarantine():
    both = [put("a", state=TimerState.QUARANTINED), put("b", state=TimerState.DONE)]

    with pytest.raises(WrongState, match="bell b"):
        release_timers(both, by=Actor.system("test"), at=AT)

    assert rows("state", "epoch") == [("a", "quarantined", 1), ("b", "done", 1)]
    assert ChangeEvent.objects.count() == 0
