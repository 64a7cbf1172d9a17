"""Dates, instants and lengths of time, read by a declared format or in the one way they can be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal

from coe.intake.errors import IntakeError, short

__all__ = ["FIRST_YEAR", "LAST_YEAR", "DateOrder", "parse_date", "parse_duration", "parse_moment"]

DateOrder = Literal["day_first", "month_first"]
FIRST_YEAR, LAST_YEAR = 1900, 2199

_TIME = (
    r"(?:[T ]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<ap>[AaPp]\.?[Mm]\.?)?\s*(?P<tz>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})" + _TIME + r"\Z")
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})" + _TIME + r"\Z")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})([-/.])(?P<b>\d{1,2})\2(?P<y>\d{4})" + _TIME + r"\Z")
_DAY_NAME = re.compile(
    r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.)?[ -](?P<n>[a-z]{3,10})\.?,?[ -](?P<y>\d{4})" + _TIME + r"\Z",
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    r"(?P<n>[a-z]{3,10})\.?[ -](?P<d>\d{1,2})(?:st|nd|rd|th)?,?[ -](?P<y>\d{4})" + _TIME + r"\Z",
    re.IGNORECASE,
)

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars", "april apr avril avr", "may mai",
        "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
        "october oct octobre", "november nov novembre", "december dec decembre",
    ),
    start=1,
):  # fmt: skip
    _MONTHS.update(dict.fromkeys(_names.split(), _number))


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except (ValueError, OverflowError):
        raise IntakeError("date_not_existing", value=short(text)) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise IntakeError("date_out_of_range", value=short(text), first=FIRST_YEAR, last=LAST_YEAR)
    return found


def _clock(match: re.Match[str], text: str) -> tuple[time, bool]:
    """Read the time of day of a match; the second value tells whether there was one."""
    if match["h"] is None:
        return time(0), False
    hour, minute, second = int(match["h"]), int(match["mi"]), int(match["s"] or 0)
    half = (match["ap"] or "").replace(".", "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise IntakeError("date_not_existing", value=short(text))
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((match["f"] or "0")[:6].ljust(6, "0"))
    try:
        return time(hour, minute, second, micro, tzinfo=_zone(match["tz"])), True
    except ValueError:
        raise IntakeError("date_not_existing", value=short(text)) from None


def _zone(mark: str | None) -> tzinfo | None:
    if not mark:
        return None
    if mark in "Zz":
        return UTC
    digits = mark[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    try:
        return timezone(-offset if mark[0] == "-" else offset)
    except ValueError:
        return None


def _read(text: str, order: DateOrder | None) -> tuple[date, time, bool]:
    """Read a date, with a time if there is one, in the one way it can be read."""
    clean = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(clean) > 64 or not clean:
        raise IntakeError("date_not_understood", value=short(text))
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", clean) if not unicodedata.combining(ch))
    if not plain.isascii():
        raise IntakeError("date_not_understood", value=short(text))
    for pattern in (_YEAR_FIRST, _COMPACT):
        if match := pattern.match(plain):
            found = _day(int(match["y"]), int(match["m"]), int(match["d"]), text)
            return found, *_clock(match, text)
    if match := _YEAR_LAST.match(plain):
        found = _day_or_month_first(int(match["a"]), int(match["b"]), int(match["y"]), text, order)
        return found, *_clock(match, text)
    for pattern in (_DAY_NAME, _NAME_DAY):
        if (match := pattern.match(plain)) and match["n"].casefold() in _MONTHS:
            found = _day(int(match["y"]), _MONTHS[match["n"].casefold()], int(match["d"]), text)
            return found, *_clock(match, text)
    raise IntakeError("date_not_understood", value=short(text))


def _day_or_month_first(a: int, b: int, year: int, text: str, order: DateOrder | None) -> date:
    if order == "day_first":
        return _day(year, b, a, text)
    if order == "month_first":
        return _day(year, a, b, text)
    if a > 12 or b > 12 or a == b:
        return _day(year, b, a, text) if a > 12 else _day(year, a, b, text)
    raise IntakeError(
        "date_ambiguous",
        value=short(text),
        first=_day(year, b, a, text).isoformat(),
        second=_day(year, a, b, text).isoformat(),
    )


def _declared(text: str, formats: Sequence[str]) -> datetime:
    """Read by the declared formats alone: with one declared, nothing else is tried, or two styles would mix in a file."""
    for pattern in formats:
        try:
            found = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - the caller adds the zone
        except (ValueError, OverflowError, re.error):
            continue
        _day(found.year, found.month, found.day, text)
        return found
    _say_if_not_existing(text)
    raise IntakeError("date_format", value=short(text), formats=", ".join(formats))


def _say_if_not_existing(text: str) -> None:
    """Prefer “this day does not exist” to “the format is wrong” where that is the truth."""
    orders: tuple[DateOrder, DateOrder] = ("day_first", "month_first")
    for order in orders:
        try:
            _read(text, order)
        except IntakeError as error:
            if error.code != "date_not_existing":
                return
        else:
            return
    raise IntakeError("date_not_existing", value=short(text))


def parse_date(text: str, formats: Sequence[str] = (), *, order: DateOrder | None = None) -> date:
    """Read a calendar day.

    With ``formats`` (those of ``strptime``) only these are tried. Otherwise ISO 8601, year first, month names in English or
    French, or ``31/12/2013``; a day and month that could change places need ``order``. A time of day is cut off, not
    converted: the day is the one that is written.

    :raises IntakeError: ``date_not_understood``, ``date_ambiguous``, ``date_not_existing``, ``date_format`` or
        ``date_out_of_range``.
    """
    if formats:
        return _declared(text, formats).date()
    return _read(text, order)[0]


def parse_moment(
    text: str, formats: Sequence[str] = (), *, order: DateOrder | None = None, zone: tzinfo = UTC
) -> datetime:
    """Read an instant, always aware; ``zone`` counts where the text names none. A day alone is its first minute.

    :raises IntakeError: as :func:`parse_date`.
    """
    if formats:
        found = _declared(text, formats)
    else:
        day, clock, _ = _read(text, order)
        found = datetime.combine(day, clock)
    return found if found.tzinfo else found.replace(tzinfo=zone)


_ISO_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z", re.IGNORECASE)
_CLOCKED = re.compile(r"(\d{1,5}):([0-5]\d):([0-5]\d)\Z")
_HALF_CLOCKED = re.compile(r"(\d{1,5}):([0-5]\d)\Z")
_PART = re.compile(r"(\d{1,9})\s*([a-zµ]*)\s*", re.IGNORECASE)
_UNITS: dict[str, int] = {}
for _seconds, _names in (
    (1, "s sec secs second seconds seconde secondes"),
    (60, "m min mins minute minutes mn"),
    (3600, "h hr hrs hour hours heure heures"),
    (86400, "d day days j jour jours"),
    (604800, "w week weeks semaine semaines sem"),
):
    _UNITS.update(dict.fromkeys(_names.split(), _seconds))


def parse_duration(
    text: str, *, bare: Literal["seconds", "minutes", "hours", "days"] | None = None
) -> timedelta:
    """Read a length of time: ``PT1H30M``, ``1:30:00``, ``1h30``, ``90 min``, ``2 days``, ``1 h 5 m``.

    ``bare`` is the unit of a number without one.

    :raises IntakeError: ``duration_not_understood`` or ``duration_ambiguous``.
    """
    clean = unicodedata.normalize("NFKC", text).strip().casefold()
    wrong = IntakeError("duration_not_understood", value=short(text))
    if not clean or len(clean) > 64 or not clean.isascii():
        raise wrong
    if (iso := _ISO_DURATION.match(clean)) and any(iso.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return _span(((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds, wrong)
    if full := _CLOCKED.match(clean):
        return _span(int(full[1]) * 3600 + int(full[2]) * 60 + int(full[3]), wrong)
    if half := _HALF_CLOCKED.match(clean):
        raise IntakeError(
            "duration_ambiguous",
            value=short(text),
            first=f"{half[1]} h {half[2]} min",
            second=f"{half[1]} min {half[2]} s",
        )
    if clean.isdigit():
        if bare is None:
            raise wrong
        return _span(int(clean[:20]) * _UNITS[bare], wrong)
    total, place, last = 0, 0, 10**9
    while place < len(clean):
        part = _PART.match(clean, place)
        if part is None:
            raise wrong
        if part[2] in _UNITS:
            unit = _UNITS[part[2]]
        elif not part[2] and last in (3600, 60) and part.end() == len(clean):
            unit = last // 60
        else:
            raise wrong
        if unit >= last:
            raise wrong
        total, place, last = total + int(part[1]) * unit, part.end(), unit
    return _span(total, wrong)


def _span(seconds: int, wrong: IntakeError) -> timedelta:
    if seconds > 100 * 366 * 86400:
        raise wrong
    return timedelta(seconds=seconds)
