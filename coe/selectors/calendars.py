"""Working calendars as people read them: which one a line keeps, its hours by weekday, who uses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Subquery
from django.utils.dates import WEEKDAYS

from coe.models import BusinessLine, Organisation, WorkingCalendar

_SHOWN = ("name", "time_zone")


@dataclass(frozen=True)
class CalendarKept:
    """The calendar in force for a line as far as pages name it (name and zone), and the line it is inherited from (None: its own,
    or the organisation's)."""

    calendar: WorkingCalendar
    inherited_from: BusinessLine | None
    is_companys: bool = False


def kept_calendar(code_key: str) -> dict[str, Any]:
    """Values to annotate a query of lines with, from which `calendar_of` reads the calendar in force for the line of a code."""
    holders = BusinessLine.objects.filter(
        descendant_links__descendant__code_key=code_key, calendar__isnull=False
    )
    nearest = holders.order_by("descendant_links__depth")
    company = Organisation.objects.filter(pk=1, calendar__isnull=False)
    return {
        "calendar_holder": Subquery(nearest.values("pk")[:1]),
        **{f"calendar_{name}": Subquery(nearest.values(f"calendar__{name}")[:1]) for name in _SHOWN},
        **{f"company_calendar_{name}": Subquery(company.values(f"calendar__{name}")) for name in _SHOWN},
    }


def calendar_of(line: BusinessLine, above: Iterable[BusinessLine]) -> CalendarKept | None:
    """The line's own calendar, else that of the nearest line above, else the organisation's; of a line annotated with
    `kept_calendar` (no query). A line above that is not among `above` is known by its key alone."""

    def calendar(where: str) -> WorkingCalendar:
        return WorkingCalendar(**{name: getattr(line, f"{where}_{name}") for name in _SHOWN})

    holder = line.calendar_holder  # type: ignore[attr-defined]  # annotated
    if holder is not None:
        known = {row.pk: row for row in above}
        inherited = None if holder == line.pk else known.get(holder, BusinessLine(pk=holder))
        return CalendarKept(calendar("calendar"), inherited)
    if line.company_calendar_name is None:  # type: ignore[attr-defined]  # annotated
        return None
    return CalendarKept(calendar("company_calendar"), None, is_companys=True)


def hours_by_day(calendar: WorkingCalendar) -> list[tuple[str, str]]:
    """Every weekday, Monday first, with its opening hours; an empty text is a closed day."""
    return [
        (str(name), ", ".join(f"{start}–{end}" for start, end in calendar.hours.get(str(day), ())))
        for day, name in sorted(WEEKDAYS.items())
    ]
