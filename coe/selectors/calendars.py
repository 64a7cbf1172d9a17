"""Working calendars as people read them: which one a line keeps, its hours by weekday, who uses it."""

from dataclasses import dataclass

from django.utils.dates import WEEKDAYS

from coe.models import BusinessLine, Organisation, WorkingCalendar


@dataclass(frozen=True)
class CalendarKept:
    """The calendar in force for a line, and the line it is inherited from (None: its own, or the organisation's)."""

    calendar: WorkingCalendar
    inherited_from: BusinessLine | None
    is_companys: bool = False


def calendar_kept(line: BusinessLine) -> CalendarKept | None:
    """The line's own calendar, else that of the nearest line above, else the organisation's (at most two queries)."""
    holder = (
        BusinessLine.objects.filter(descendant_links__descendant=line, calendar__isnull=False)
        .select_related("calendar")
        .order_by("descendant_links__depth")
        .first()
    )
    if holder is not None and holder.calendar is not None:
        return CalendarKept(holder.calendar, None if holder.pk == line.pk else holder)
    company = Organisation.objects.filter(pk=1, calendar__isnull=False).select_related("calendar").first()
    return CalendarKept(company.calendar, None, is_companys=True) if company and company.calendar else None


def hours_by_day(calendar: WorkingCalendar) -> list[tuple[str, str]]:
    """Every weekday, Monday first, with its opening hours; an empty text is a closed day."""
    return [
        (str(name), ", ".join(f"{start}–{end}" for start, end in calendar.hours.get(str(day), ())))
        for day, name in sorted(WEEKDAYS.items())
    ]
