"""Working calendars on the web."""

import datetime as dt

import pytest

from coe.models import ChangeEvent, Holiday, WorkingCalendar
from coe.services.organisation import organisation

pytestmark = pytest.mark.django_db
GOOD = {
    "name": "Office Paris",
    "time_zone": "Europe/Paris",
    "hours_0": "9:00-12:00, 13:00–17:00",
    "hours_4": "09:00–12:00",
    "holidays": "2026-12-25 Christmas\n\n2026-05-01 Labour Day",
}


def test_a_calendar_is_added_with_hours_and_holidays(hub):
    answer = hub.post("/calendars/new/", {**GOOD, "code": "office-paris"})

    calendar = WorkingCalendar.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/calendars/{calendar.public_id}/")
    assert (calendar.code, calendar.name, calendar.time_zone) == (
        "office-paris",
        "Office Paris",
        "Europe/Paris",
    )
    assert calendar.hours == {"0": [["09:00", "12:00"], ["13:00", "17:00"]], "4": [["09:00", "12:00"]]}
    assert list(Holiday.objects.order_by("on").values_list("on", "name")) == [
        (dt.date(2026, 5, 1), "Labour Day"),
        (dt.date(2026, 12, 25), "Christmas"),
    ]


def test_the_form_of_a_calendar_reads_what_is_stored_and_changes_nothing_when_sent_again(hub):
    hub.post("/calendars/new/", {**GOOD, "code": "paris"})
    url = f"/calendars/{WorkingCalendar.objects.get().public_id}/edit/"
    form = hub.get(url).context["form"]
    before = ChangeEvent.objects.count()

    answer = hub.post(
        url, {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    )

    assert answer.status_code == 302
    assert ChangeEvent.objects.count() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hours_0": "nine to five"}, "hours_0"),
        ({"hours_0": "17:00–09:00"}, "hours_0"),
        ({"hours_4": "09:00–12:00, 11:00–13:00"}, "hours_4"),
        ({"hours_0": "25:00–26:00"}, "hours_0"),
        ({"holidays": "2026-02-30 Never"}, "holidays"),
        ({"holidays": "Christmas"}, "holidays"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"code": "Büro"}, "code"),
        ({"name": ""}, "name"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused_at_its_field(hub, wrong, field):
    answer = hub.post("/calendars/new/", {"code": "paris", **GOOD, **wrong})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not WorkingCalendar.objects.exists()


def test_a_calendar_in_use_is_not_removed_and_says_by_whom(hub, tree):
    calendar = WorkingCalendar.objects.create(code="paris", name="Paris")
    tree.foods.calendar = calendar
    tree.foods.save()

    answer = hub.post(f"/calendars/{calendar.public_id}/remove/", follow=True)

    assert "Foods Europe" in answer.content.decode()
    assert WorkingCalendar.objects.filter(pk=calendar.pk).exists()


def test_a_calendar_nobody_works_by_is_removed(hub):
    calendar = WorkingCalendar.objects.create(code="paris", name="Paris")

    hub.post(f"/calendars/{calendar.public_id}/remove/")

    assert not WorkingCalendar.objects.exists()


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_the_same_questions_for_one_and_three(
    lead, tree, item_count, django_assert_num_queries
):
    organisation()
    for number in range(item_count):
        calendar = WorkingCalendar.objects.create(code=f"c{number}", name=f"C{number}")
    tree.foods.calendar = tree.america.calendar = calendar
    tree.foods.save()
    tree.america.save()
    lead.get("/calendars/")

    with django_assert_num_queries(5):
        page = lead.get("/calendars/")

    # The Americas lie outside of the reader's lines.
    assert [uses for _calendar, uses, _company in page.context["calendars"]] == [0] * (item_count - 1) + [1]


def test_a_line_lead_reads_calendars_and_changes_none(lead):
    calendar = WorkingCalendar.objects.create(code="paris", name="Paris")

    assert lead.get(f"/calendars/{calendar.public_id}/").status_code == 200
    assert lead.post(f"/calendars/{calendar.public_id}/edit/", GOOD).status_code == 403
    assert WorkingCalendar.objects.get().name == "Paris"
