"""Which calendar a line keeps, and its hours as people read them."""

import pytest

from coe.enums.roles import Role
from coe.models import BusinessLine, Organisation, WorkingCalendar
from coe.selectors.calendars import calendar_of, hours_by_day, kept_calendar
from tests.factories import LineFactory
from tests.plugins.pages import log_in

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db


def kept_by(line, *above):
    row = BusinessLine.objects.annotate(**kept_calendar(line.code_key)).get(pk=line.pk)
    return calendar_of(row, above)


def test_a_line_keeps_its_own_calendar_then_the_nearest_above_then_the_companys():
    company, region = (
        WorkingCalendar.objects.create(code=code, name=code, time_zone=zone)
        for code, zone in (("co", "UTC"), ("eu", "Europe/Paris"))
    )
    top = LineFactory(calendar=region)
    middle = LineFactory(parent=top)
    bottom = LineFactory(parent=middle)
    other = LineFactory()
    Organisation.objects.update_or_create(pk=1, defaults={"calendar": company})

    found = [kept_by(top), kept_by(middle, top), kept_by(bottom, middle), kept_by(other)]

    assert [
        (kept.calendar.name, kept.calendar.time_zone, kept.inherited_from, kept.is_companys) for kept in found
    ] == [
        (region.name, "Europe/Paris", None, False),
        (region.name, "Europe/Paris", top, False),
        (region.name, "Europe/Paris", top, False),
        (company.name, "UTC", None, True),
    ]
    assert [kept.inherited_from.name for kept in found[1:3]] == [top.name, ""]


def test_a_line_above_that_the_reader_does_not_see_is_not_named(log_in):
    calendar = WorkingCalendar.objects.create(code="eu", name="Office hours")
    line = LineFactory(parent=LineFactory(name="Secret region", calendar=calendar))
    page = log_in(Role.LINE_LEAD, line).get(f"/lines/{line.code}/").content.decode()

    assert "Office hours" in page
    assert "Secret region" not in page


def test_a_line_of_a_company_without_calendars_keeps_none():
    assert kept_by(LineFactory()) is None


def test_hours_are_told_day_by_day():
    calendar = WorkingCalendar(
        hours={"0": [["09:00", "12:00"], ["13:00", "17:00"]], "4": [["09:00", "12:00"]]}
    )

    assert [hours for _day, hours in hours_by_day(calendar)] == [
        "09:00–12:00, 13:00–17:00", "", "", "", "09:00–12:00", "", "",
    ]  # fmt: skip
