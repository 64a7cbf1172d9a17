"""Working time is right on ordinary days, on holidays, and on every day on which a clock of the world is turned."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, strategies as st

from coe.rules.working_time import OFFICE_HOURS, WorkingTime, instant_of

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def utc(day, clock="00:00"):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)


@cache
def transitions(name):
    """Every instant of the window at which a zone's offset changes."""
    zone, found = ZoneInfo(name), []
    step, at = timedelta(days=4), FROM
    while at < UNTIL:
        low, high = at, at + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > SECOND:
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            found.append(high)
        at += step
    return found


CHANGES = [(name, at) for name in sorted(available_timezones()) for at in transitions(name)]


def test_the_window_holds_the_changes_of_the_world():
    assert len(CHANGES) > 400
    assert ("Europe/Berlin", utc("2026-03-29", "01:00")) in CHANGES


def test_a_time_that_does_not_exist_is_the_first_valid_instant_after_and_one_that_exists_twice_is_the_first():
    for name, at in CHANGES:
        zone = ZoneInfo(name)
        before = (at - SECOND).astimezone(zone).replace(tzinfo=None) + SECOND
        after = at.astimezone(zone).replace(tzinfo=None)
        if before < after:
            for local in (before, before + (after - before) / 3, after - SECOND, after):
                assert instant_of(local.date(), local.time(), zone) == at, (name, local)
        else:
            for local in (after, after + (before - after) / 3, before - SECOND):
                assert instant_of(local.date(), local.time(), zone) == at - (before - local), (name, local)
            # The first moment that exists once again.
            assert instant_of(before.date(), before.time(), zone) == at + (before - after), name


def test_a_day_that_never_was_begins_with_the_next_one_and_has_no_hours():
    apia = WorkingTime.read("Pacific/Apia", OFFICE_HOURS)

    assert instant_of(date(2011, 12, 30), time(12), apia.zone) == utc("2011-12-30", "10:00")
    assert apia.spans(date(2011, 12, 30)) == []


@given(
    st.sampled_from(CHANGES),
    st.integers(-5, 5),
    st.lists(st.integers(0, 24 * 60), min_size=2, max_size=2, unique=True).map(sorted),
)
def test_spans_around_a_change_lie_within_their_day_and_are_what_the_clock_on_the_wall_says(
    change, days, clocks
):
    name, at = change
    zone = ZoneInfo(name)
    day = at.astimezone(zone).date() + timedelta(days=days)
    start, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in clocks)
    if start == "24:00":
        return
    hours = WorkingTime.read(name, {str(weekday): [[start, end]] for weekday in range(7)})

    for span in hours.spans(day):
        assert instant_of(day, time(0), zone) <= span.start < span.end
        assert span.end <= instant_of(day + timedelta(days=1), time(0), zone)
        assert hours.between(span.start, span.end) >= span.end - span.start
        assert hours.next_open(span.start) == span.start
        assert hours.is_open(span.start)
        assert hours.after(span.start, span.end - span.start) == span.end


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.timedeltas(timedelta(), timedelta(hours=200)),
)
def test_what_is_added_is_what_lies_between(name, at, length):
    hours = WorkingTime.read(name, OFFICE_HOURS, frozenset({date(2026, 5, 1), date(2026, 12, 25)}))

    end = hours.after(at, length)

    assert end >= at
    assert hours.between(at, end) == length


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        (utc("2026-03-27", "14:00"), 1, utc("2026-03-30", "15:00")),  # Friday; the clock changes on Sunday
        (utc("2026-03-28", "14:00"), 1, utc("2026-03-30", "15:00")),  # Saturday
        (utc("2026-03-26", "14:00"), 1, utc("2026-03-27", "16:00")),
        (utc("2026-04-30", "06:00"), 1, utc("2026-05-04", "15:00")),  # 1 May is a holiday, a Friday
        (utc("2026-03-26", "23:30"), 1, utc("2026-03-30", "15:00")),  # Friday already on the wall in Berlin
        (utc("2026-03-26", "14:00"), 5, utc("2026-04-02", "15:00")),
    ],
)
def test_business_days_end_at_the_close_of_business(at, days, expected):
    hours = WorkingTime.read("Europe/Berlin", OFFICE_HOURS, frozenset({date(2026, 5, 1)}))

    assert hours.after_days(at, days) == expected


def test_a_calendar_that_never_opens_has_no_answer():
    closed = WorkingTime.read("Europe/Berlin", {})

    found = [closed.next_open(FROM), closed.after_days(FROM, 1), closed.after(FROM, HOUR)]
    assert (found, closed.between(FROM, UNTIL), closed.is_open(FROM)) == ([None] * 3, timedelta(), False)


def test_a_break_is_no_working_time_and_a_day_may_end_at_midnight():
    hours = WorkingTime.read("Europe/Berlin", {"0": [["08:00", "12:00"], ["20:00", "24:00"]]})
    monday = date(2026, 3, 30)

    assert [(span.start, span.end) for span in hours.spans(monday)] == [
        (utc("2026-03-30", "06:00"), utc("2026-03-30", "10:00")),
        (utc("2026-03-30", "18:00"), utc("2026-03-30", "22:00")),
    ]
    assert hours.after(utc("2026-03-30", "09:00"), 2 * HOUR) == utc("2026-03-30", "19:00")
    assert hours.next_open(utc("2026-03-30", "10:00")) == utc("2026-03-30", "18:00")
    assert hours.is_open(utc("2026-03-30", "10:00")) is False
