"""Books, frees and rates seats, and notes who attended. The session's row is the lock: two people never take its last seat."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, Problem, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import locked, save_changed
from training.enums.training import HELD_SEATS, SEAT_TRANSITIONS, CompletionSource, SeatState
from training.models import Completion, CourseVersion, Seat, Session
from training.services.completions import Finished, record_completions, void_completions


def overlapping(session: Session) -> QuerySet[Seat]:
    """Seats held in other sessions during a session; one that ends when it starts does not overlap."""
    return Seat.objects.filter(
        state__in=HELD_SEATS,
        session__cancelled_at__isnull=True,
        session__starts_at__lt=session.ends_at,
        session__ends_at__gt=session.starts_at,
    ).exclude(session=session)


def _bookable(session: Session, at: datetime) -> None:
    if session.cancelled_at is not None:
        raise WrongState(_("This session was called off."))
    if session.starts_at <= at:
        raise WrongState(_("This session has begun; seats are no longer booked."))


@transaction.atomic
def book_seat(session: Session, *, person: User, by: Actor, at: datetime, why: str = "") -> Seat:
    """Book a seat for a person, or put them on the waiting list of a full session.

    :raises WrongState: the session was called off or has begun, or the person is inactive. :raises Duplicate: they hold a seat.
    :raises Invalid: they sit in another session at that time.
    """
    # The person first, then the session: whoever books for two people at once takes the locks in this order too.
    person, session = locked(person), locked(session)
    _bookable(session, at)
    if not person.is_active:
        raise WrongState(_("%(name)s is inactive.") % {"name": person})
    seat = Seat.objects.select_for_update(of=("self",)).filter(session=session, user=person).first()
    if seat is not None and seat.state != SeatState.CANCELLED:
        raise Duplicate.one("person", "duplicate", _("%(name)s holds a seat already.") % {"name": person})
    clash = overlapping(session).filter(user=person).select_related("session__course").order_by("pk").first()
    if clash is not None:
        other = clash.session
        message = _("%(name)s sits in another session at that time: %(session)s, %(when)s.")
        told = {
            "name": person,
            "session": other.course.code,
            "when": date_format(other.starts_at, "DATETIME_FORMAT"),
        }
        raise Invalid.one("session", "overlaps", message % told)
    taken = Seat.objects.filter(session=session, state__in=(SeatState.BOOKED, SeatState.ATTENDED)).count()
    state = SeatState.BOOKED if taken < session.places else SeatState.WAITING
    if seat is None:
        seat = Seat(session=session, user=person, state=state, booked_at=at, created_at=at, updated_at=at)
        seat.save(force_insert=True)
        record(
            "seat.booked",
            seat,
            by=by,
            at=at,
            changes={"state": [None, state]},
            why=why,
            line_id=session.line_id,
        )
        return seat
    before, seat.state, seat.booked_at = seat.state, state, at
    save_changed(seat, fields=["state", "booked_at"], at=at)
    record(
        "seat.booked",
        seat,
        by=by,
        at=at,
        changes={"state": [before, state]},
        why=why,
        line_id=session.line_id,
    )
    return seat


def invite_waiting(session: Session, *, by: Actor, at: datetime) -> list[Seat]:
    """Give free seats to those who have waited longest. Called with the session locked."""
    if session.starts_at <= at or session.cancelled_at is not None:
        return []
    seats = Seat.objects.filter(session=session)
    free = session.places - seats.filter(state__in=(SeatState.BOOKED, SeatState.ATTENDED)).count()
    waiting = seats.filter(state=SeatState.WAITING).select_related("user", "session__course")
    invited = list(waiting.order_by("booked_at", "id")[: max(0, free)])
    for seat in invited:
        seat.state, seat.updated_at, seat.revision = SeatState.BOOKED, at, seat.revision + 1
    Seat.objects.bulk_update(invited, ["state", "updated_at", "revision"])
    record_many(
        [
            Entry("seat.promoted", seat, {"state": [SeatState.WAITING, SeatState.BOOKED]}, session.line_id)
            for seat in invited
        ],
        by=by, at=at,
    )  # fmt: skip
    return invited


@transaction.atomic
def cancel_seat(
    seat: Seat, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Seat:
    """Give a seat back; whoever has waited longest takes it.

    :raises WrongState: the session has begun, or the seat was given back already. :raises Stale: `expected_revision` is old.
    """
    session = locked(seat.session)
    seat = locked(seat, expected_revision=expected_revision)
    _bookable(session, at)
    if SeatState.CANCELLED not in SEAT_TRANSITIONS[SeatState(seat.state)]:
        raise WrongState(_("This seat was given back already."))
    before, seat.state = seat.state, SeatState.CANCELLED
    save_changed(seat, fields=["state"], at=at)
    changes = {"state": [before, SeatState.CANCELLED]}
    record("seat.cancelled", seat, by=by, at=at, changes=changes, why=why, line_id=session.line_id)
    invite_waiting(session, by=by, at=at)
    return seat


def _taught(session: Session) -> CourseVersion:
    """The version in force when the session ended: the one that its completions are of."""
    versions = (
        CourseVersion.objects.filter(course_id=session.course_id).select_related("course").order_by("number")
    )
    fitting = [one for one in versions if one.is_taught(session.ends_at)]
    begun = [one for one in fitting if one.published_at <= session.ends_at]
    if not fitting:
        raise WrongState(
            _("%(course)s has no published version that this session taught.")
            % {"course": session.course.code}
        )
    return (begun or fitting[:1])[-1]


@transaction.atomic
def mark_attendance(
    session: Session, *, attended: Mapping[int, bool], by: Actor, at: datetime, why: str = ""
) -> int:
    """Note who came (user id → came), all at once; who came has completed the course, who is corrected to absent has not.

    Returns how many seats changed.

    :raises WrongState: the session was called off or has not begun, or its course has no version to complete.
    :raises Invalid: somebody holds no seat, or joined the company after it; each problem names the person's id.
    """
    session = locked(session)
    if session.cancelled_at is not None:
        raise WrongState(_("This session was called off."))
    if session.starts_at > at:
        raise WrongState(_("This session has not begun; attendance is noted afterwards."))
    seats = {
        seat.user_id: seat
        for seat in Seat.objects.select_for_update(of=("self",))
        .filter(session=session, user_id__in=attended)
        .select_related("user", "session__course")
    }
    problems, changing, entries = [], [], []
    for user_id, came in attended.items():
        seat = seats.get(user_id)
        state = SeatState.ATTENDED if came else SeatState.ABSENT
        if seat is None or seat.state in (SeatState.CANCELLED, SeatState.WAITING):
            problems.append(Problem(f"attended/{user_id}", "no_seat", _("This person holds no seat.")))
        elif seat.state != state and state in SEAT_TRANSITIONS[SeatState(seat.state)]:
            entries.append(Entry("seat.attendance", seat, {"state": [seat.state, state]}, session.line_id))
            seat.state, seat.updated_at, seat.revision = state, at, seat.revision + 1
            changing.append(seat)
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    if not changing:
        return 0
    Seat.objects.bulk_update(changing, ["state", "updated_at", "revision"], batch_size=500)
    record_many(entries, by=by, at=at, why=why)
    _complete(session, changing, by=by, at=at)
    return len(changing)


def _complete(session: Session, seats: list[Seat], *, by: Actor, at: datetime) -> None:
    version = _taught(session)
    # A list may be read while the session still runs; nobody has completed it before then.
    moment = min(session.ends_at, at)
    finished = [
        Finished(
            seat.user, version, moment, CompletionSource.SESSION, f"seat:{seat.public_id}:{seat.revision}",
            evidence=session.get_absolute_url(), seat=seat,
        )
        for seat in seats
        if seat.state == SeatState.ATTENDED
    ]  # fmt: skip
    refused = [one for one in record_completions(finished, by=by, at=at) if one.problem is not None]
    if refused:
        problems = tuple(
            Problem(f"attended/{one.finished.user.pk}", one.problem.code, one.problem.message)
            for one in refused
        )
        raise Invalid(problems[0].message, problems=problems)
    absent = [seat.pk for seat in seats if seat.state == SeatState.ABSENT]
    wrong = Completion.objects.standing().filter(seat_id__in=absent)
    void_completions(list(wrong), by=by, at=at, why=_("Attendance was corrected."))


@transaction.atomic
def rate_seat(seat: Seat, *, rating: int, by: Actor, at: datetime, comment: str = "") -> Seat:
    """Rate a session one attended, 1 to 5 with a comment; a second rating replaces the first.

    :raises WrongState: the person did not attend. :raises Invalid: the rating is none.
    """
    seat = locked(seat)
    if seat.state != SeatState.ATTENDED:
        raise WrongState(_("Only who attended a session rates it."))
    if type(rating) is not int or not 1 <= rating <= 5:
        raise Invalid.one("rating", "out_of_range", _("Choose 1 to 5."))
    before = snapshot(seat, ["rating", "comment"])
    seat.rating, seat.comment, seat.rated_at = rating, comment.strip()[:1000], at
    save_changed(seat, fields=["rating", "comment", "rated_at"], at=at)
    difference = changed(before, snapshot(seat, ["rating", "comment"]))
    record("seat.rated", seat, by=by, at=at, changes=difference)
    return seat
