"""Words and numbers: localised figures, shares with their denominator, times in the reader's zone, changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

NO_VALUE = "–"
THIN = "\u202f"


def number(value: object, places: int | None = None, none: str = NO_VALUE) -> str:
    """A figure in the reader's language, thousands grouped; ``none`` when there is no value (never 0 for missing)."""
    if value is None or value == "":
        return none
    if isinstance(value, float) and places is None:
        value = Decimal(repr(round(value, 4))).normalize()
    if isinstance(value, Decimal) and places is None:
        value = value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()
    return number_format(value, decimal_pos=places, force_grouping=True)


def percent(value: Any, places: int = 0) -> str:
    """A share between 0 and 1 as per cent; an en dash when missing. Never rounds up to 100 nor down to 0."""
    if value is None or value == "":
        return NO_VALUE
    share = Decimal(str(value)) * 100
    unit = Decimal(1).scaleb(-places)
    shown = share.quantize(unit)
    if shown == 100 and share < 100:
        shown = 100 - unit
    elif shown == 0 and share > 0:
        shown = unit
    return gettext("%(value)s\u00a0%%") % {"value": number_format(shown, decimal_pos=places)}


def of(part: object, whole: object, noun: str = "") -> str:
    """“17 of 23 accounts”; the noun comes translated from the caller."""
    counts = {"part": number(part), "whole": number(whole), "noun": noun}
    if noun:
        return gettext("%(part)s of %(whole)s %(noun)s") % counts
    return gettext("%(part)s of %(whole)s") % counts


def absolute(value: dt.date | dt.datetime, *, seconds: bool = False, time: bool = True) -> str:
    """“23 Nov 2026, 08:31” in the active zone; a plain date has no time."""
    if not isinstance(value, dt.datetime):
        return date_format(value, "DATE_FORMAT")
    if timezone.is_aware(value):
        value = timezone.localtime(value)
    if not time:
        return date_format(value, "DATE_FORMAT")
    clock = pgettext("time format", "H:i:s") if seconds else pgettext("time format", "H:i")
    return gettext("%(day)s, %(clock)s") % {
        "day": date_format(value, "DATE_FORMAT"),
        "clock": date_format(value, clock),
    }


def _span(seconds: float, days: int) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if days == 0 or seconds < 86_400:
        if seconds >= 0 and minutes < 60:
            return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
        return ngettext("%(n)d h", "%(n)d h", hours) % {"n": hours}
    if days < 90:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if days < 730:
        return ngettext("%(n)d month", "%(n)d months", months := round(days / 30.44)) % {"n": months}
    return ngettext("%(n)d year", "%(n)d years", years := round(days / 365.25)) % {"n": years}


def relative(value: dt.date | dt.datetime, now: dt.datetime) -> str:
    """“2 min ago”, “in 19 days”, “yesterday”; days are counted by the calendar of the active zone."""
    today = timezone.localtime(now).date()
    if isinstance(value, dt.datetime):
        moment = value if timezone.is_aware(value) else timezone.make_aware(value)
        seconds = (moment - now).total_seconds()
        days = (timezone.localtime(moment).date() - today).days
    else:
        days = (value - today).days
        seconds = days * 86_400.0
        if days == 0:
            return gettext("today")
    if abs(seconds) < 45:
        return gettext("just now") if seconds <= 0 else gettext("in a moment")
    if abs(seconds) >= 64_800 and abs(days) == 1:
        return gettext("tomorrow") if days > 0 else gettext("yesterday")
    span = _span(abs(seconds), abs(days))
    return (gettext("in %(span)s") if seconds > 0 else gettext("%(span)s ago")) % {"span": span}


def local_time(
    context: Context, value: dt.date | dt.datetime | None, relative_too: bool = True, seconds: bool = False
) -> SafeString | str:
    """A ``<time>`` in the reader's zone with the distance beside. ``now`` in the context fixes the clock."""
    now = context.get("now")
    return moment(value, now if isinstance(now, dt.datetime) else None, relative_too, seconds)


def moment(
    value: dt.date | dt.datetime | None,
    now: dt.datetime | None = None,
    relative_too: bool = True,
    seconds: bool = False,
) -> SafeString | str:
    """A ``<time>`` in the reader's zone with its distance from ``now`` (None: the clock) beside."""
    if not value:
        return NO_VALUE
    words = absolute(value, seconds=seconds)
    stamp = format_html('<time datetime="{}">{}</time>', value.isoformat(), words)
    if not relative_too:
        return stamp
    beside = relative(value, now or timezone.now())
    return format_html('{} <span class="muted">{}</span>', stamp, beside)


def delta(value: Any, unit: str = "", better: str = "up", places: int | None = None) -> SafeString | str:
    """The change since the last period. ``better`` (up, down, none) chooses the colour, never the arrow."""
    if value is None or value == "":
        return ""
    if not value:
        return format_html(
            '<span class="delta flat"><span aria-hidden="true">▬</span> <span class="visually-hidden">{}</span></span>',
            gettext("no change"),
        )
    rising = value > 0
    tone = "flat" if better == "none" else "up" if rising == (better == "up") else "down"
    return format_html(
        '<span class="delta {}"><span aria-hidden="true">{}</span> <span class="visually-hidden">{} </span>{}{}</span>',
        tone,
        "▲" if rising else "▼",
        gettext("up") if rising else gettext("down"),
        number(abs(value), places),
        f"{THIN}{unit}" if unit else "",
    )


def person_name(person: Any) -> str:
    """The name of a person or user, or whatever identifies them."""
    for attribute in ("display_name", "full_name", "name", "get_full_name"):
        found = getattr(person, attribute, None)
        found = found() if callable(found) else found
        if found:
            return str(found)
    return str(person or "")


def initials(person: Any) -> str:
    """At most two initials, “?” for nobody; decoration beside a name, never in its place."""
    words = [
        word
        for word in str(person_name(person)).split("@")[0].replace(".", " ").split()
        if word[:1].isalnum()
    ]
    if not words:
        return "?"
    return escape((words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper())
