"""A line keeps its own calendar, else the nearest above, else the company's, else office hours in its zone."""

from datetime import date
from types import SimpleNamespace

import pytest

from coe.models import Holiday, WorkingCalendar
from coe.rules.working_time import OFFICE_HOURS, WorkingTime
from coe.selectors.working_times import working_time_of, working_times
from coe.services.organisation import organisation
from tests.factories import LineFactory

pytestmark = pytest.mark.django_db
SHIFTS = {"5": [["10:00", "14:00"]]}


@pytest.fixture
def tree():
    europe = LineFactory(code="EU", time_zone="Europe/Berlin")
    foods = LineFactory(code="FDE", parent=europe)
    paris = LineFactory(code="PAR", parent=foods, time_zone="Europe/Paris")
    return SimpleNamespace(europe=europe, foods=foods, paris=paris, america=LineFactory(code="US"))


def calendar(code="shifts"):
    row = WorkingCalendar.objects.create(code=code, name=code, time_zone="Asia/Tokyo", hours=SHIFTS)
    Holiday.objects.create(calendar=row, on=date(2026, 5, 1))
    return row


def test_without_calendars_lines_keep_office_hours_in_the_nearest_zone(tree):
    found = working_times([tree.europe.pk, tree.foods.pk, tree.paris.pk, tree.america.pk])

    zones = dict.fromkeys((tree.europe.pk, tree.foods.pk), "Europe/Berlin")
    zones |= {tree.paris.pk: "Europe/Paris", tree.america.pk: "UTC"}
    assert found == {line: WorkingTime.read(zone, OFFICE_HOURS) for line, zone in zones.items()}


def test_a_calendar_is_inherited_with_its_zone_and_holidays(tree):
    tree.europe.calendar = calendar()
    tree.europe.save()

    assert working_time_of(tree.paris) == WorkingTime.read(
        "Asia/Tokyo", SHIFTS, frozenset({date(2026, 5, 1)})
    )
    assert working_time_of(tree.america) == WorkingTime.read("UTC", OFFICE_HOURS)


def test_the_company_calendar_is_for_lines_without_one(tree):
    row = organisation()
    row.calendar = calendar("company")
    row.save()

    assert working_time_of(tree.america).week[5] != ()


@pytest.mark.parametrize("count", [1, 3])
def test_many_lines_cost_the_same(tree, count, django_assert_num_queries):
    tree.europe.calendar = calendar()
    tree.europe.save()
    organisation()

    with django_assert_num_queries(4):
        working_times([tree.europe.pk, tree.foods.pk, tree.america.pk][:count])
