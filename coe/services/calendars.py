"""Working calendars: opening hours and holidays, one aggregate; lines and the organisation point to one."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, Problem, Protected
from coe.models import BusinessLine, Holiday, Organisation, WorkingCalendar
from coe.rules.principals import Actor
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, save_changed

EDITABLE = frozenset({"name", "time_zone", "hours", "holidays"})
MOST_HOLIDAYS = 1_000
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


def _bad_hours(problems: list[Problem], day: Any, message: str) -> None:
    problems.append(Problem(f"hours.{str(day)[:10]}", "hours_form", message))


def clean_hours(hours: Any) -> dict[str, list[list[str]]]:
    """Opening hours as they are stored: weekday "0" (Monday) to "6" → spans of "HH:MM", in order; a closed day has no key.

    :raises Invalid: names each day that is wrong: no such day, no such time, a span that ends before it begins, two that overlap.
    """
    if not isinstance(hours, Mapping):
        raise Invalid.one(
            "hours", "object_expected", _("Map weekdays 0 (Monday) to 6 to spans such as [“09:00”, “17:00”].")
        )
    problems: list[Problem] = []
    clean: dict[str, list[list[str]]] = {}
    for day, spans in hours.items():
        if str(day) not in ("0", "1", "2", "3", "4", "5", "6"):
            _bad_hours(problems, day, _("A weekday is a number from 0 (Monday) to 6 (Sunday)."))
            continue
        if not isinstance(spans, list | tuple) or any(
            not isinstance(span, list | tuple)
            or len(span) != 2
            or any(not isinstance(clock, str) or not _CLOCK.fullmatch(clock) for clock in span)
            for span in spans
        ):
            _bad_hours(problems, day, _("Write spans as [“09:00”, “17:00”], in hours from 00:00 to 24:00."))
            continue
        ordered = sorted([start, end] for start, end in spans)
        if any(start >= end for start, end in ordered):
            _bad_hours(
                problems, day, _("A span ends before it begins; work past midnight belongs to two days.")
            )
        elif any(one[1] > two[0] for one, two in pairwise(ordered)):
            _bad_hours(problems, day, _("Two spans of one day overlap."))
        elif ordered:
            clean[str(day)] = ordered
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return dict(sorted(clean.items()))


def _clean_holidays(holidays: Mapping[date, str]) -> dict[date, str]:
    if len(holidays) > MOST_HOLIDAYS:
        raise Invalid.one(
            "holidays",
            "out_of_range",
            _("A calendar keeps at most %(most)s holidays; drop past years.") % {"most": MOST_HOLIDAYS},
        )
    clean = {on: " ".join(name.split()) for on, name in sorted(holidays.items())}
    if long := next((on for on, name in clean.items() if len(name) > 120 or "\x00" in name), None):
        raise Invalid.one(
            "holidays",
            "out_of_range",
            _("The name of %(day)s is longer than 120 characters.") % {"day": long.isoformat()},
        )
    return clean


def _told(holidays: Mapping[date, str]) -> dict[str, str]:
    return {on.isoformat(): name for on, name in holidays.items()}


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    clean = clean_values(WorkingCalendar, values=values, allowed=EDITABLE)
    if "hours" in values:
        clean["hours"] = clean_hours(values["hours"])
    if "holidays" in values:
        clean["holidays"] = _clean_holidays(values["holidays"])
    zone = clean.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise Invalid.one(
            "time_zone",
            "time_zone_unknown",
            _("“%(zone)s” is no time zone; write for example Europe/Paris.") % {"zone": zone[:80]},
        )
    return clean


def holidays_of(calendar: WorkingCalendar) -> dict[date, str]:
    """The days on which a calendar is closed, in order, each with its name."""
    return dict(Holiday.objects.filter(calendar=calendar).order_by("on").values_list("on", "name"))


def _set_holidays(calendar: WorkingCalendar, wanted: Mapping[date, str]) -> tuple[dict[date, str], bool]:
    """Make exactly these days holidays; returns the earlier ones, and whether anything differs."""
    before = holidays_of(calendar)
    gone = [on for on in before if wanted.get(on) != before[on]]
    fresh = [on for on in wanted if before.get(on) != wanted[on]]
    if gone:
        Holiday.objects.filter(calendar=calendar, on__in=gone).delete()
    Holiday.objects.bulk_create(
        [Holiday(calendar=calendar, on=on, name=wanted[on]) for on in fresh], batch_size=500
    )
    return before, bool(gone or fresh)


@transaction.atomic
def create_calendar(
    *,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    why: str = "",
    **fields: Any,
) -> WorkingCalendar:
    """Add a calendar; `holidays` maps days to names.

    :raises Invalid: a field is wrong. :raises Duplicate: the code is taken.
    """
    code = code.strip().casefold()
    if not _CODE.fullmatch(code):
        raise Invalid.one(
            "code",
            "code_form",
            _("A code has small letters, digits, “_” and “-” only, and at most 40 of them."),
        )
    if WorkingCalendar.objects.filter(code=code).exists():
        raise Duplicate.one("code", "duplicate", _("The calendar %(code)s exists already.") % {"code": code})
    clean = _clean({"name": name, **fields})
    holidays = clean.pop("holidays", {})
    calendar = WorkingCalendar(code=code, created_at=at, updated_at=at, **clean)
    calendar.save(force_insert=True)
    _set_holidays(calendar, holidays)
    told = {**snapshot(calendar), "holidays": _told(holidays)}
    record("calendar.created", calendar, by=by, at=at, changes=changed({}, told), why=why)
    return calendar


@transaction.atomic
def edit_calendar(
    calendar: WorkingCalendar,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> WorkingCalendar:
    """Change a calendar; `holidays`, when given, replaces all of them. Nothing is written when nothing differs.

    :raises Invalid: a field is wrong. :raises Stale: `expected_revision` is old.
    """
    calendar = locked(calendar, expected_revision=expected_revision)
    clean = _clean(changes)
    wanted: dict[date, str] | None = clean.pop("holidays", None)
    before = snapshot(calendar)
    for name, value in clean.items():
        setattr(calendar, name, value)
    difference = changed(before, snapshot(calendar))
    if wanted is not None:
        old, differs = _set_holidays(calendar, wanted)
        if differs:
            difference["holidays"] = [_told(old), _told(wanted)]
    if difference:
        save_changed(calendar, fields=list(clean), at=at)
        record("calendar.updated", calendar, by=by, at=at, changes=difference, why=why)
    return calendar


def add_holiday(
    calendar: WorkingCalendar, *, on: date, name: str = "", by: Actor, at: datetime, why: str = ""
) -> WorkingCalendar:
    """Close a calendar on one more day; the same day again takes the new name.

    :raises Invalid: the name is too long, or the calendar is full.
    """
    with transaction.atomic():
        calendar = locked(calendar)
        wanted = {**holidays_of(calendar), on: name}
        return edit_calendar(calendar, changes={"holidays": wanted}, by=by, at=at, why=why)


def remove_holiday(
    calendar: WorkingCalendar, *, on: date, by: Actor, at: datetime, why: str = ""
) -> WorkingCalendar:
    """Work on a day again; a day that is no holiday stays as it is."""
    with transaction.atomic():
        calendar = locked(calendar)
        wanted = {day: name for day, name in holidays_of(calendar).items() if day != on}
        return edit_calendar(calendar, changes={"holidays": wanted}, by=by, at=at, why=why)


@transaction.atomic
def remove_calendar(
    calendar: WorkingCalendar,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> None:
    """Take a calendar away; its history stays.

    :raises Protected: names the lines that work by it, and the organisation when it does.
    """
    calendar = locked(calendar, expected_revision=expected_revision)
    found = [
        _("line %(name)s") % {"name": line}
        for line in BusinessLine.objects.filter(calendar=calendar).order_by("code_key")[:20]
    ]
    if Organisation.objects.filter(calendar=calendar).exists():
        found.append(_("the organisation"))
    if found:
        raise Protected(
            _("%(name)s is in use. Give these another calendar first: %(blockers)s.")
            % {"name": calendar, "blockers": ", ".join(found[:10])},
            extra={"blockers": found},
        )
    told = {**snapshot(calendar), "holidays": _told(holidays_of(calendar))}
    record("calendar.removed", calendar, by=by, at=at, changes=changed(told, {}), why=why)
    calendar.delete()
