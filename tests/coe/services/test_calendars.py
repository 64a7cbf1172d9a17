"""Working calendars: hours, holidays, and who works by them."""

import datetime as dt

import pytest

from coe.errors import Duplicate, Invalid, Protected, Stale
from coe.models import ChangeEvent, Holiday, WorkingCalendar
from coe.rules.principals import Actor
from coe.services.calendars import (
    add_holiday,
    clean_hours,
    create_calendar,
    edit_calendar,
    holidays_of,
    remove_calendar,
    remove_holiday,
)
from coe.services.organisation import edit_organisation
from tests.factories import AT, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
CHRISTMAS, LABOUR = dt.date(2026, 12, 25), dt.date(2026, 5, 1)
WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}


def paris(**fields):
    values = {"code": "paris", "name": "Paris", "time_zone": "Europe/Paris", "hours": WEEK} | fields
    return create_calendar(**values, by=BY, at=AT)


def test_a_calendar_is_one_record_with_its_hours_and_holidays():
    calendar = paris(
        holidays={CHRISTMAS: "Noël", LABOUR: ""}, hours={"4": [["14:00", "16:00"], ["09:00", "12:00"]]}
    )

    assert calendar.hours == {"4": [["09:00", "12:00"], ["14:00", "16:00"]]}
    assert holidays_of(calendar) == {LABOUR: "", CHRISTMAS: "Noël"}
    event = ChangeEvent.objects.get()
    assert (event.action, event.changes["holidays"]) == (
        "calendar.created",
        [None, {"2026-05-01": "", "2026-12-25": "Noël"}],
    )


def test_editing_replaces_the_holidays_and_says_nothing_when_nothing_differs():
    calendar = paris(holidays={CHRISTMAS: "Christmas"})
    ChangeEvent.objects.all().delete()

    same = edit_calendar(
        calendar, changes={"holidays": {CHRISTMAS: "Christmas"}, "name": "Paris"}, by=BY, at=AT
    )
    assert (same.revision, ChangeEvent.objects.count()) == (1, 0)

    edited = edit_calendar(
        calendar, changes={"holidays": {CHRISTMAS: "Noël", LABOUR: "1er Mai"}}, by=BY, at=AT
    )

    assert (edited.revision, holidays_of(calendar)) == (2, {LABOUR: "1er Mai", CHRISTMAS: "Noël"})
    assert ChangeEvent.objects.get().changes == {
        "holidays": [{"2026-12-25": "Christmas"}, {"2026-05-01": "1er Mai", "2026-12-25": "Noël"}]
    }


def test_one_holiday_comes_and_goes():
    calendar = paris()

    add_holiday(calendar, on=CHRISTMAS, name="Noël", by=BY, at=AT)
    add_holiday(calendar, on=LABOUR, by=BY, at=AT)
    remove_holiday(calendar, on=CHRISTMAS, by=BY, at=AT)
    remove_holiday(calendar, on=CHRISTMAS, by=BY, at=AT)

    assert holidays_of(calendar) == {LABOUR: ""}
    assert WorkingCalendar.objects.get().revision == 4


@pytest.mark.parametrize(
    ("fields", "error", "pointer"),
    [
        ({"code": "Not a code"}, Invalid, "code"),
        ({"name": "  "}, Invalid, "name"),
        ({"time_zone": "Mars/Olympus"}, Invalid, "time_zone"),
        ({"hours": []}, Invalid, "hours"),
        ({"hours": {"7": [["09:00", "17:00"]]}}, Invalid, "hours.7"),
        ({"hours": {"0": [["17:00", "09:00"]]}}, Invalid, "hours.0"),
        ({"hours": {"0": [["9", "17"]]}}, Invalid, "hours.0"),
        ({"hours": {"0": [["09:00", "12:00"], ["11:00", "17:00"]]}}, Invalid, "hours.0"),
        ({"holidays": {CHRISTMAS: "x" * 121}}, Invalid, "holidays"),
        ({"holidays": {CHRISTMAS + dt.timedelta(days=n): "" for n in range(1001)}}, Invalid, "holidays"),
        ({"code": "taken"}, Duplicate, "code"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(fields, error, pointer):
    paris(code="taken")
    before = WorkingCalendar.objects.count(), Holiday.objects.count(), ChangeEvent.objects.count()

    with pytest.raises(error) as caught:
        paris(**fields)

    assert [problem.field for problem in caught.value.problems] == [pointer]
    assert (WorkingCalendar.objects.count(), Holiday.objects.count(), ChangeEvent.objects.count()) == before


def test_every_wrong_day_is_named_at_once():
    with pytest.raises(Invalid) as caught:
        clean_hours({"0": "all day", "1": [["25:00", "26:00"]], "2": [["09:00", "24:00"]]})

    assert [problem.field for problem in caught.value.problems] == ["hours.0", "hours.1"]


def test_an_old_revision_is_refused():
    calendar = paris()
    edit_calendar(calendar, changes={"name": "Lutetia"}, by=BY, at=AT)

    with pytest.raises(Stale):
        edit_calendar(calendar, changes={"name": "Paname"}, by=BY, at=AT, expected_revision=1)

    assert WorkingCalendar.objects.get().name == "Lutetia"


def test_a_calendar_in_use_stays_and_says_for_whom():
    calendar = paris()
    line = LineFactory(code="FR", name="France", calendar=calendar)
    edit_organisation(changes={"calendar": calendar}, by=BY, at=AT)

    with pytest.raises(Protected) as caught:
        remove_calendar(calendar, by=BY, at=AT)

    assert caught.value.extra == {"blockers": ["line France", "the organisation"]}
    line.calendar = None
    line.save()
    edit_organisation(changes={"calendar": None}, by=BY, at=AT)
    remove_calendar(calendar, by=BY, at=AT)
    assert (
        WorkingCalendar.objects.count(),
        ChangeEvent.objects.filter(action="calendar.removed").count(),
    ) == (0, 1)
