"""The health of the clocks is one query, told to Prometheus in figures and to strangers in one word."""

from datetime import timedelta

import pytest
import time_machine

from coe.enums.work import TimerState
from coe.models import Timer
from coe.selectors.clocks import ClockHealth, clock_health
from tests.factories import AT

pytestmark = pytest.mark.django_db


def put(subject, state, seconds):
    Timer.objects.create(kind="bell", subject=subject, due_at=AT - timedelta(seconds=seconds), state=state)


def test_health_counts_what_is_due_and_what_stopped(django_assert_num_queries):
    put("soon", TimerState.WAITING, -1)
    put("due", TimerState.WAITING, 20)
    put("fired", TimerState.DONE, 500)

    with django_assert_num_queries(1):
        assert clock_health(at=AT) == ClockHealth(1, 20.0, 0)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "ok"),
        ([("a", TimerState.WAITING, 60)], "ok"),
        ([("a", TimerState.WAITING, 61)], "late"),
        ([("a", TimerState.WAITING, 61), ("b", TimerState.QUARANTINED, 0)], "stopped"),
    ],
)
def test_the_status_page_has_a_word_for_it_and_prometheus_figures(client, settings, rows, word):
    settings.METRICS_TOKEN = "scrape"
    for row in rows:
        put(*row)

    with time_machine.travel(AT, tick=False):
        answer = client.get("/status/")
        figures = client.get("/-/metrics", headers={"Authorization": "Bearer scrape"}).content.decode()

    assert (answer.status_code, answer.json()["status"], answer.json()["clocks"]) == (200, "ok", word)
    due = [seconds for _name, state, seconds in rows if state == TimerState.WAITING]
    assert f"coe_timers_due {float(len(due))}\n" in figures
    assert f"coe_timers_oldest_due_seconds {float(max(due, default=0))}\n" in figures
    assert f"coe_timers_quarantined {float(len(rows) - len(due))}\n" in figures
