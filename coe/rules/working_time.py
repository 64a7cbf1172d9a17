"""The arithmetic of working calendars: pure, and right on the days on which clocks are turned.

A local time that does not exist (the clock was put forward over it) stands for the first valid instant after it; one that exists twice
(the clock was put back) stands for the first. All results are in UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# Nobody closes for longer; a calendar without a working day within it has none.
HORIZON = 366


def instant_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which clocks of a zone show a local time, by the rule above."""
    local = datetime.combine(day, clock, tzinfo=zone).replace(fold=0)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # In a gap, fold=0 reads the clock as before the change and lands behind it; the other reading lands before it.
    low, high = local.replace(fold=1).astimezone(UTC), found
    after = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


@dataclass(frozen=True)
class Span:
    """Working hours without a break, in UTC; `end` is no longer in it."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class WorkingTime:
    """When a line works: spans of local hours per weekday (Monday first), days on which it is closed, and its zone."""

    zone: ZoneInfo
    week: tuple[tuple[tuple[time, time | None], ...], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def read(
        cls, zone: str, hours: Mapping[str, list[list[str]]], holidays: frozenset[date] = frozenset()
    ) -> "WorkingTime":
        """From what a calendar stores: "0".."6" → [["09:00", "17:00"], …]; "24:00" is the end of the day."""

        def clock(text: str) -> time | None:
            return None if text == "24:00" else time.fromisoformat(text)

        week = tuple(
            tuple((time.fromisoformat(start), clock(end)) for start, end in hours.get(str(day), ()))
            for day in range(7)
        )
        return cls(ZoneInfo(zone), week, holidays)

    def spans(self, day: date) -> list[Span]:
        """The working hours of a local day, earliest first; none on a holiday or a closed weekday."""
        if day in self.holidays:
            return []
        found = []
        for start, end in self.week[day.weekday()]:
            first = instant_of(day, start, self.zone)
            last = (
                instant_of(day + DAY, time(0), self.zone) if end is None else instant_of(day, end, self.zone)
            )
            if first < last:
                found.append(Span(first, last))
        return found

    def _days_from(self, at: datetime) -> Iterator[tuple[date, list[Span]]]:
        day = at.astimezone(self.zone).date()
        for ahead in range(HORIZON):
            yield day + ahead * DAY, self.spans(day + ahead * DAY)

    def is_open(self, at: datetime) -> bool:
        """Whether the line works at an instant."""
        return any(span.start <= at < span.end for span in self.spans(at.astimezone(self.zone).date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The instant itself when the line works then, else the next opening; None when there is none within a year."""
        for _day, spans in self._days_from(at):
            for span in spans:
                if at < span.end:
                    return max(at, span.start)
        return None

    def after_days(self, at: datetime, days: int) -> datetime | None:
        """The close of business `days` working days after the local day of an instant: what "in one business day" means here.

        Friday afternoon plus one is Monday's close. The day of the instant itself does not count. None: no such day within a year.
        """
        left = days
        for ahead, (_day, spans) in enumerate(self._days_from(at)):
            if ahead and spans:
                left -= 1
                if left <= 0:
                    return spans[-1].end
        return None

    def after(self, at: datetime, length: timedelta) -> datetime | None:
        """The instant at which so much working time has passed since `at`; None when that takes more than a year."""
        left = length
        for _day, spans in self._days_from(at):
            for span in spans:
                start = max(at, span.start)
                if start >= span.end:
                    continue
                if left <= span.end - start:
                    return start + left
                left -= span.end - start
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; zero when the second is not after the first."""
        total = timedelta()
        day, last = (one.astimezone(self.zone).date() for one in (start, end))
        while day <= last:
            for span in self.spans(day):
                total += max(timedelta(), min(end, span.end) - max(start, span.start))
            day += DAY
        return total


# What a line keeps that has no calendar, and whose company has none.
OFFICE_HOURS: Mapping[str, list[list[str]]] = {str(day): [["09:00", "17:00"]] for day in range(5)}
