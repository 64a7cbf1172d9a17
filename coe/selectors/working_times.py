"""Which working calendar a line keeps: its own, else that of the nearest line above, else the company's, else office hours."""

from collections.abc import Iterable
from datetime import date

from coe.models import BusinessLine, Holiday, LineClosure, Organisation, WorkingCalendar
from coe.rules.working_time import OFFICE_HOURS, WorkingTime


def working_times(line_ids: Iterable[int]) -> dict[int, WorkingTime]:
    """The working time of each line, inherited by calendar and by zone (four queries however many lines, none for none).

    A calendar brings its own zone. Office hours (Monday to Friday, 9 to 17) are kept in the zone of the line or the nearest above.
    """
    wanted = set(line_ids)
    if not wanted:
        return {}
    company = Organisation.objects.filter(pk=1).first() or Organisation()
    above = LineClosure.objects.filter(descendant_id__in=wanted).order_by("descendant_id", "depth")
    nearest: dict[int, int] = {}
    zones: dict[int, str] = {}
    for line_id, calendar_id, zone in above.values_list(
        "descendant_id", "ancestor__calendar_id", "ancestor__time_zone"
    ):
        if calendar_id is not None:
            nearest.setdefault(line_id, calendar_id)
        if zone:
            zones.setdefault(line_id, zone)
    used = {nearest.get(line_id, company.calendar_id) for line_id in wanted} - {None}
    closed: dict[int, set[date]] = {}
    for calendar_id, on in Holiday.objects.filter(calendar_id__in=used).values_list("calendar_id", "on"):
        closed.setdefault(calendar_id, set()).add(on)
    calendars = {
        row.pk: WorkingTime.read(row.time_zone, row.hours, frozenset(closed.get(row.pk, ())))
        for row in WorkingCalendar.objects.filter(pk__in=used)
    }
    found = {}
    for line_id in wanted:
        kept = calendars.get(nearest.get(line_id, company.calendar_id))
        found[line_id] = kept or WorkingTime.read(zones.get(line_id, company.time_zone), OFFICE_HOURS)
    return found


def working_time_of(line: BusinessLine) -> WorkingTime:
    """The working time of one line."""
    return working_times([line.pk])[line.pk]


def company_working_time() -> WorkingTime:
    """The working time of the company itself: what records of no line go by."""
    company = Organisation.objects.select_related("calendar").filter(pk=1).first() or Organisation()
    calendar = company.calendar
    if calendar is None:
        return WorkingTime.read(company.time_zone, OFFICE_HOURS)
    closed = frozenset(calendar.holidays.values_list("on", flat=True))
    return WorkingTime.read(calendar.time_zone, calendar.hours, closed)
