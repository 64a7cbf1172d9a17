"""Sessions and seats: nobody sits in two at once, the last seat is taken once, the waiting follow, attendance completes."""

import datetime as dt

import pytest

from coe.errors import Duplicate, Invalid, Protected, WrongState
from coe.models import User
from tests.factories import UserFactory
from tests.training.world import BY, taught
from training.enums.training import SeatState
from training.models import Certificate, Completion, Course, Seat, Session
from training.services.seats import book_seat, cancel_seat, mark_attendance, rate_seat
from training.services.sessions import call_off_session, edit_session, plan_session

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def planned(course: Course, at: dt.datetime, *, hours: int = 2, **fields) -> Session:
    return plan_session(course, starts_at=at + DAY, ends_at=at + DAY + hours * HOUR, by=BY, at=at, **fields)


def states(session: Session) -> list[str]:
    return list(Seat.objects.filter(session=session).order_by("id").values_list("state", flat=True))


def booked(session: Session, at: dt.datetime, count: int = 1) -> list[Seat]:
    return [
        book_seat(session, person=UserFactory(), by=BY, at=at + n * dt.timedelta(minutes=1))
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"time_zone": "Mars/Olympus"}, ("time_zone", "time_zone_unknown")),
        ({"hours": -1}, ("ends_at", "ends_before_start")),
        ({"hours": 400}, ("ends_at", "too_long")),
        ({"places": 0}, ("places", "out_of_range")),
        ({"link": "http://example.com/"}, ("link", "https_expected")),
    ],
)
def test_a_session_that_cannot_be_held_is_refused(fields: dict, expected: tuple, at: dt.datetime) -> None:
    with pytest.raises(Invalid) as error:
        planned(taught().course, at, **fields)

    assert [(problem.field, problem.code) for problem in error.value.problems] == [expected]
    assert not Session.objects.exists()


def test_a_full_session_has_a_waiting_list_and_a_freed_seat_goes_to_its_head(at: dt.datetime) -> None:
    session = planned(taught().course, at, places=1)
    first, second, _third = booked(session, at, 3)
    assert states(session) == [SeatState.BOOKED, SeatState.WAITING, SeatState.WAITING]

    cancel_seat(first, by=BY, at=at)

    assert states(session) == [SeatState.CANCELLED, SeatState.BOOKED, SeatState.WAITING]
    with pytest.raises(WrongState):
        cancel_seat(first, by=BY, at=at)
    # Whoever comes back queues anew.
    book_seat(session, person=first.user, by=BY, at=at + HOUR)
    cancel_seat(second, by=BY, at=at + HOUR)
    assert states(session) == [SeatState.WAITING, SeatState.CANCELLED, SeatState.BOOKED]


def test_more_seats_let_the_waiting_in_and_fewer_than_booked_are_refused(at: dt.datetime) -> None:
    session = planned(taught().course, at, places=1)
    booked(session, at, 3)

    edit_session(session, changes={"places": 2}, by=BY, at=at)
    assert states(session) == [SeatState.BOOKED, SeatState.BOOKED, SeatState.WAITING]
    with pytest.raises(Invalid) as error:
        edit_session(session, changes={"places": 1}, by=BY, at=at)

    assert error.value.problems[0].code == "seats_booked"
    assert Session.objects.get().places == 2


def test_nobody_sits_in_two_sessions_at_once(at: dt.datetime) -> None:
    course, person = taught().course, UserFactory()
    book_seat(planned(course, at), person=person, by=BY, at=at)
    during = planned(course, at + HOUR)
    after = planned(course, at + 2 * HOUR)

    with pytest.raises(Invalid) as error:
        book_seat(during, person=person, by=BY, at=at)
    assert error.value.problems[0].code == "overlaps"
    assert states(during) == []
    book_seat(after, person=person, by=BY, at=at)
    with pytest.raises(Protected) as moved:
        edit_session(after, changes={"starts_at": after.starts_at - HOUR}, by=BY, at=at)

    assert moved.value.extra == {"blockers": [str(person)]}
    after.refresh_from_db()
    assert after.starts_at == at + DAY + 2 * HOUR


def test_a_seat_is_held_once_and_not_in_a_session_that_has_begun(at: dt.datetime) -> None:
    session = planned(taught().course, at)
    seat = booked(session, at)[0]

    with pytest.raises(Duplicate):
        book_seat(session, person=seat.user, by=BY, at=at)
    with pytest.raises(WrongState):
        book_seat(session, person=UserFactory(), by=BY, at=at + DAY)
    with pytest.raises(WrongState):
        cancel_seat(seat, by=BY, at=at + DAY)
    with pytest.raises(WrongState):
        book_seat(session, person=UserFactory(is_active=False), by=BY, at=at)

    assert states(session) == [SeatState.BOOKED]


def test_a_session_called_off_frees_everybody(at: dt.datetime) -> None:
    session = planned(taught().course, at, places=1)
    booked(session, at, 2)

    call_off_session(session, by=BY, at=at, why="Trainer ill")

    assert states(session) == [SeatState.CANCELLED, SeatState.CANCELLED]
    for refused in (
        lambda: call_off_session(session, by=BY, at=at),
        lambda: edit_session(session, changes={"places": 3}, by=BY, at=at),
        lambda: book_seat(session, person=UserFactory(), by=BY, at=at),
        lambda: mark_attendance(session, attended={}, by=BY, at=at + 2 * DAY),
    ):
        with pytest.raises(WrongState):
            refused()


def attended(session: Session, at: dt.datetime, **came: bool) -> int:
    people = {user.name: user.pk for user in User.objects.filter(name__in=came)}
    return mark_attendance(
        session, attended={people[name]: value for name, value in came.items()}, by=BY, at=at
    )


def test_who_came_has_completed_the_course_and_who_is_corrected_has_not(at: dt.datetime) -> None:
    version = taught()
    session = planned(version.course, at)
    for name in ("Ada", "Bob"):
        book_seat(session, person=UserFactory(name=name), by=BY, at=at)
    with pytest.raises(WrongState):
        attended(session, at, Ada=True)
    later = at + 3 * DAY

    assert attended(session, later, Ada=True, Bob=False) == 2
    assert attended(session, later, Ada=True, Bob=False) == 0

    completion = Completion.objects.get()
    assert (completion.user.name, completion.version, completion.achieved_at, completion.source) == (
        "Ada", version, session.ends_at, "session",
    )  # fmt: skip
    assert attended(session, later, Ada=False, Bob=True) == 2
    assert Completion.objects.standing().get().user.name == "Bob"
    assert Certificate.objects.valid(later).get().user.name == "Bob"
    assert attended(session, later + HOUR, Ada=True) == 1
    assert Completion.objects.standing().count() == 2


def test_attendance_of_somebody_without_a_seat_notes_nobody(at: dt.datetime) -> None:
    session = planned(taught().course, at)
    seat = booked(session, at)[0]
    stranger = UserFactory()

    with pytest.raises(Invalid) as error:
        mark_attendance(session, attended={seat.user_id: True, stranger.pk: True}, by=BY, at=at + 2 * DAY)

    assert [(p.field, p.code) for p in error.value.problems] == [(f"attended/{stranger.pk}", "no_seat")]
    assert states(session) == [SeatState.BOOKED]
    assert not Completion.objects.exists()


def test_who_attended_rates_and_nobody_else(at: dt.datetime) -> None:
    session = planned(taught().course, at)
    seat = booked(session, at)[0]
    with pytest.raises(WrongState):
        rate_seat(seat, rating=5, by=BY, at=at)
    mark_attendance(session, attended={seat.user_id: True}, by=BY, at=at + 2 * DAY)

    for wrong in (0, 6, True, "5"):
        with pytest.raises(Invalid):
            rate_seat(seat, rating=wrong, by=BY, at=at)
    rate_seat(seat, rating=4, comment=" Good ", by=BY, at=at + 2 * DAY)

    seat.refresh_from_db()
    assert (seat.rating, seat.comment, seat.rated_at) == (4, "Good", at + 2 * DAY)
