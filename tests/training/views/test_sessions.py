"""Sessions on the pages: planned, booked, into a calendar, attended, rated."""

import datetime as dt

import pytest
import time_machine
from icalendar import Calendar

from coe.enums.roles import Role
from tests.training.world import BY, taught
from training.models import Completion, Seat, Session
from training.services.seats import book_seat
from training.services.sessions import plan_session

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FORM = {
    "course": "FND", "starts_at": "2026-12-01T09:00", "ends_at": "2026-12-01T10:30", "time_zone": "Europe/Paris", "places": "1",
    "place": "Room 2",
}  # fmt: skip


@pytest.fixture
def session(at, tree):
    """A session for Europe, in a week, with one seat."""
    return plan_session(
        taught().course, starts_at=at + 7 * DAY, ends_at=at + 7 * DAY + dt.timedelta(hours=2), line=tree.europe, places=1,
        link="https://meet.example.com/x", by=BY, at=at,
    )  # fmt: skip


def test_a_lead_plans_for_the_own_line_on_the_clock_of_the_place(lead, tree):
    taught()

    assert lead.post("/training/sessions/new/", FORM).status_code == 422
    assert lead.post("/training/sessions/new/", {**FORM, "line": "US"}).status_code == 422
    assert (
        lead.post("/training/sessions/new/", {**FORM, "line": "EU", "starts_at": "soon"}).status_code == 422
    )
    assert not Session.objects.exists()
    lead.post("/training/sessions/new/", {**FORM, "line": "EU"})

    row = Session.objects.get()
    assert (row.line, row.starts_at, row.places) == (
        tree.europe,
        dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC),
        1,
    )
    page = lead.get(f"/training/sessions/{row.public_id}/edit/")
    assert page.context["form"]["starts_at"].value() == dt.datetime(2026, 12, 1, 9, 0)
    lead.post(f"/training/sessions/{row.public_id}/edit/", {**FORM, "places": "3", "revision": "1"})
    assert Session.objects.get().places == 3
    assert (
        lead.post(f"/training/sessions/{row.public_id}/edit/", {**FORM, "revision": "1"}).status_code == 422
    )


def test_the_hub_plans_for_everybody(hub, lead):
    taught()
    hub.post("/training/sessions/new/", FORM)

    row = Session.objects.get()
    assert row.line is None
    assert lead.get(f"/training/sessions/{row.public_id}/").status_code == 200
    assert lead.get(f"/training/sessions/{row.public_id}/edit/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_questions_for_one_and_three(lead, tree, count, at, django_assert_num_queries):
    course = taught().course
    for n in range(count):
        row = plan_session(
            course,
            starts_at=at + n * DAY + DAY,
            ends_at=at + n * DAY + 2 * DAY,
            line=tree.foods,
            by=BY,
            at=at,
        )
        book_seat(row, person=lead.user, by=BY, at=at)
    lead.get("/training/sessions/")

    with django_assert_num_queries(5):
        page = lead.get("/training/sessions/")

    assert [row.taken for rows in page.context["days"].values() for row, _held in rows] == [1] * count


def test_seats_are_booked_waited_for_and_given_back(lead, log_in, tree, session):
    url = f"/training/sessions/{session.public_id}/"
    other = log_in(Role.VIEWER, tree.foods)

    assert "Your seat is booked." in lead.post(f"{url}act/", {"action": "book"}, follow=True).content.decode()
    assert "waiting list" in other.post(f"{url}act/", {"action": "book"}, follow=True).content.decode()
    assert (
        "holds a seat already" in other.post(f"{url}act/", {"action": "book"}, follow=True).content.decode()
    )
    lead.post(f"{url}act/", {"action": "cancel"})

    assert dict(Seat.objects.values_list("user", "state")) == {
        lead.user.pk: "cancelled",
        other.user.pk: "booked",
    }
    assert "meet.example.com" in other.get(url).content.decode()
    assert log_in(Role.VIEWER, tree.america).get(url).status_code == 404
    assert other.post(f"{url}act/", {"action": "call_off"}).status_code == 403
    assert (
        "Choose one of the buttons."
        in other.post(f"{url}act/", {"action": "?"}, follow=True).content.decode()
    )
    lead.post(f"{url}act/", {"action": "call_off", "reason": "Ill"})
    assert Session.objects.get().cancelled_at is not None


def test_a_session_goes_into_a_calendar(lead, session):
    answer = lead.get(f"/training/sessions/{session.public_id}/session.ics")

    event = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert (event["SUMMARY"], event.decoded("DTSTART"), event["UID"]) == (
        "Course FND", session.starts_at, f"{session.public_id}@coe-hub",
    )  # fmt: skip


def test_attendance_completes_and_is_rated(lead, log_in, tree, session, at):
    url = f"/training/sessions/{session.public_id}/"
    other = log_in(Role.VIEWER, tree.foods)
    other.post(f"{url}act/", {"action": "book"})

    assert "has not begun" in lead.post(f"{url}attendance/", {"came": []}, follow=True).content.decode()
    with time_machine.travel(at + 8 * DAY, tick=False):
        for browser in (lead, other):
            browser.force_login(browser.user, backend="coe.backends.HubBackend")
        lead.post(f"{url}attendance/", {"came": [str(other.user.public_id)]})
        assert Completion.objects.get().user == other.user
        assert other.post(f"{url}rate/", {"rating": "9"}).status_code == 422
        other.post(f"{url}rate/", {"rating": "4", "comment": "Good"})
        assert lead.post(f"{url}rate/", {"rating": "4"}).status_code == 404
        page = lead.get(url)

    assert (page.context["average"], page.context["rated"]) == (4, 1)
