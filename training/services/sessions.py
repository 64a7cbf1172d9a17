"""Plans, moves and calls off sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem, Protected, WrongState
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import clean_values, locked, save_changed
from training.enums.training import HELD_SEATS, SeatState
from training.models import Course, Seat, Session
from training.services.seats import invite_waiting, overlapping

MOST_PLACES = 1_000
EDITABLE = frozenset({"starts_at", "ends_at", "time_zone", "places", "place", "link", "trainer", "note"})


def _checked(session: Session) -> None:
    problems = []
    if session.time_zone not in available_timezones():
        message = _("“%(zone)s” is no time zone; write for example Europe/Paris.") % {
            "zone": session.time_zone
        }
        problems.append(Problem("time_zone", "time_zone_unknown", message))
    if session.ends_at <= session.starts_at:
        problems.append(Problem("ends_at", "ends_before_start", _("A session ends after it starts.")))
    elif (session.ends_at - session.starts_at).days >= 15:
        problems.append(Problem("ends_at", "too_long", _("A session lasts two weeks at most.")))
    if session.places < 1:
        problems.append(Problem("places", "out_of_range", _("A session has one seat at least.")))
    elif session.places > MOST_PLACES:
        message = _("Choose %(low)d to %(high)d.") % {"low": 1, "high": MOST_PLACES}
        problems.append(Problem("places", "out_of_range", message))
    if session.link and not session.link.startswith("https://"):
        problems.append(Problem("link", "https_expected", _("Give a link that starts with https://.")))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))


@transaction.atomic
def plan_session(
    course: Course, *, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime, line: BusinessLine | None = None,
    why: str = "", **fields: Any,
) -> Session:  # fmt: skip
    """Plan a session of a course, for a line or for the whole company.

    :raises Invalid: the times do not fit, or the zone is none. :raises WrongState: the course is retired.
    """
    if course.retired_at is not None:
        raise WrongState(_("%(course)s is retired.") % {"course": course.code})
    clean = clean_values(
        Session, values={"starts_at": starts_at, "ends_at": ends_at, **fields}, allowed=EDITABLE
    )
    session = Session(course=course, line=line, created_at=at, updated_at=at, **clean)
    _checked(session)
    session.save(force_insert=True)
    record("session.planned", session, by=by, at=at, changes=changed({}, snapshot(session)), why=why)
    return session


def _still_standing(session: Session) -> None:
    if session.cancelled_at is not None:
        raise WrongState(_("This session was called off."))


@transaction.atomic
def edit_session(
    session: Session,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> Session:
    """Change a session. More seats let the waiting in.

    :raises WrongState: it was called off. :raises Invalid: the times do not fit, or fewer seats than are booked.
    :raises Protected: the new time overlaps other sessions of people who hold a seat; they are named.
    :raises Stale: `expected_revision` is old.
    """
    session = locked(session, expected_revision=expected_revision)
    _still_standing(session)
    clean = clean_values(Session, values=changes, allowed=EDITABLE)
    before = snapshot(session)
    for name, value in clean.items():
        setattr(session, name, value)
    _checked(session)
    difference = changed(before, snapshot(session))
    if not difference:
        return session
    seats = Seat.objects.filter(session=session)
    booked = seats.filter(state__in=(SeatState.BOOKED, SeatState.ATTENDED)).count()
    if session.places < booked:
        message = _("%(booked)d seats are booked already; cancel some before you offer fewer.")
        raise Invalid.one("places", "seats_booked", message % {"booked": booked})
    if {"starts_at", "ends_at"} & set(difference):
        people = seats.filter(state__in=HELD_SEATS).values("user_id")
        clashes = overlapping(session).filter(user_id__in=people).select_related("user")
        names = sorted({str(seat.user) for seat in clashes})
        if names:
            raise Protected(
                _("These people sit in another session at that time: %(names)s.")
                % {"names": ", ".join(names)},
                extra={"blockers": names},
            )
    save_changed(session, fields=clean, at=at)
    record("session.updated", session, by=by, at=at, changes=difference, why=why)
    invite_waiting(session, by=by, at=at)
    return session


@transaction.atomic
def call_off_session(
    session: Session, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Session:
    """Call a session off and free everybody who holds a seat.

    :raises WrongState: it was called off, or it has begun.
    """
    session = locked(session, expected_revision=expected_revision)
    _still_standing(session)
    if session.starts_at <= at:
        raise WrongState(_("This session has begun; it cannot be called off any more."))
    session.cancelled_at = at
    save_changed(session, fields=["cancelled_at"], at=at)
    record("session.called_off", session, by=by, at=at, changes={"cancelled_at": [None, at]}, why=why)
    seats = list(
        Seat.objects.select_for_update(of=("self",))
        .filter(session=session, state__in=(SeatState.BOOKED, SeatState.WAITING))
        .select_related("user", "session__course")
        .order_by("pk")
    )
    entries = []
    for seat in seats:
        entries.append(Entry("seat.cancelled", seat, {"state": [seat.state, SeatState.CANCELLED]}))
        seat.state, seat.updated_at, seat.revision = SeatState.CANCELLED, at, seat.revision + 1
    Seat.objects.bulk_update(seats, ["state", "updated_at", "revision"], batch_size=500)
    record_many(entries, by=by, at=at, why=why)
    return session
