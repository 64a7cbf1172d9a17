"""Seats: sign up, give back, rate. A person acts for themselves; whoever keeps training records acts for their people."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, brief, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ANYBODY
from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.rules.principals import Principal
from coe.rules.scope import require_somewhere
from training.api.courses import course_field
from training.api.relations import ATTENDEE, COURSE, SESSION, learners
from training.enums.training import SeatState
from training.models import Seat
from training.rules.sessions import may_run
from training.selectors.seats import seats_visible_to
from training.services.seats import book_seat, cancel_seat, rate_seat


def _session(public_id: Any, code: str, start: Any) -> dict[str, Any]:
    return {
        "id": public_id, "display": f"{code} · {start:%Y-%m-%d}", "url": f"/api/v1/sessions/{public_id}/",
        "web_url": f"/training/sessions/{public_id}/",
    }  # fmt: skip


def _rows(principal: Principal) -> QuerySet[Seat]:
    return seats_visible_to(principal, timezone.now())


SEATS = Resource(
    name="Seat",
    plural="seats",
    rows=_rows,
    line="session__line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/seats/{key}/"),
        Field("display", ("user__name", "session__course__code"), make=lambda name, code: f"{name} · {code}"),
        brief("session", "object", _session, ("public_id", "course__code", "starts_at")),
        course_field("session__course"),
        line_field("line", "session__line"),
        person_field("person", "user"),
        plain("state", choices=SeatState),
        plain("booked_at", "datetime"),
        Field("link", ("session__link",), "uri", note="Where to join."),
        plain("rating", "integer", nullable=True),
        plain("comment"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("session", "session__public_id", "uuid", relation=SESSION),
        Filter("course", "session__course__code_key", fold=str.casefold, relation=COURSE),
        Filter("person", "user__email", fold=str.lower, relation=ANYBODY),
        Filter("state", "state", choices=SeatState),
        Filter("starts_at", "session__starts_at", "datetime"),
    ),
    ordering={"booked_at": "booked_at", "starts_at": "session__starts_at", "updated_at": "updated_at"},
    default=("-booked_at",),
    description="Your own seats, those of people whose training you keep, and all of sessions that you run.",
)
BOOK = (
    Input("session", relation=SESSION, required=True),
    Input("person", relation=ATTENDEE, note="Yourself when left out; a token names somebody."),
)
RATE = (
    Input("rating", "integer", required=True, note="1 to 5."),
    Input("comment", note="What should change."),
)


class SeatListView(ManyView):
    """Seats."""

    resource = SEATS
    tag = "training"
    permissions = dict.fromkeys(("GET", "POST", "DELETE"), Permission.VIEW)
    operations = {
        "GET": Operation("List seats", is_list=True),
        "POST": Operation(
            "Sign one person up, or several, all or nothing; a full session puts them on its waiting list",
            BOOK,
            status=201,
            takes_array=True,
        ),
        "DELETE": Operation(
            "Give several seats back, all or nothing; who waits longest takes them", takes_array=True
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of seats."""
        return self.listed(SEATS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Sign up."""
        if self.principal.token is not None:
            require_somewhere(self.principal, Permission.RECORD_TRAINING)
        memo: dict[Any, Any] = {}
        inputs = BOOK if self.principal.user is not None else (BOOK[0], _NAMED)

        def one(data: Any) -> Seat:
            body = Body(data, inputs, self.principal, memo=memo)
            person = body.values.get("person") or self.principal.user
            return book_seat(
                body.values["session"], person=person, by=self.principal.actor, at=self.at, why=body.why
            )

        return self.write_one_or_many(SEATS, one, rows=Seat.objects.all(), status=201)

    def delete(self, request: Request) -> Response:
        """Give seats back."""
        rows = _rows(self.principal).select_related("session__course", "user")

        def remove(seat: Seat, why: str, revision: int | None) -> Seat:
            require_seat(self.principal, seat)
            by, at = self.principal.actor, self.at
            return cancel_seat(seat, by=by, at=at, why=why, expected_revision=revision)

        return self.remove_each(remove, rows=rows, resource=SEATS)


_NAMED = Input("person", relation=ATTENDEE, required=True)


def require_seat(principal: Principal, seat: Seat) -> None:
    """Refuse unless the caller holds the seat, keeps the records of whoever holds it, or runs the session.

    :raises NotAllowed: they only see it.
    """
    is_own = principal.user is not None and seat.user_id == principal.user.pk
    if (
        not is_own
        and not may_run(principal, seat.session)
        and not learners(principal).filter(pk=seat.user_id).exists()
    ):
        raise NotAllowed()


class _SeatView(HubView):
    resource = SEATS
    tag = "training"

    def seat(self, public_id: UUID) -> Seat:
        """A seat that the caller sees; 404 otherwise."""
        found = (
            _rows(self.principal)
            .select_related("session__course", "user")
            .filter(public_id=public_id)
            .first()
        )
        if found is None:
            raise Http404
        return found

    def shown(self, seat: Seat) -> Response:
        """The seat as it is now."""
        return self.told(SEATS, rows=Seat.objects.all(), pk=seat.pk)


class SeatDetailView(_SeatView):
    """One seat."""

    permissions = dict.fromkeys(("GET", "DELETE"), Permission.VIEW)
    operations = {
        "GET": Operation("Read a seat"),
        "DELETE": Operation("Give a seat back; who waits longest takes it"),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The seat."""
        return self.told(SEATS, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Give it back."""
        seat = self.seat(public_id)
        require_seat(self.principal, seat)
        by, at = self.principal.actor, self.at
        return self.shown(cancel_seat(seat, by=by, at=at, expected_revision=expected_revision(request)))


class RatingView(_SeatView):
    """The rating of whoever sat there."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Rate a session you attended; again replaces the first rating", RATE, example={"rating": 5}
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Rate the session: everybody for themselves."""
        seat = self.seat(public_id)
        if self.principal.user is None or seat.user_id != self.principal.user.pk:
            raise NotAllowed()
        body = Body(request.data, RATE, self.principal)
        comment = body.values.get("comment", "")
        rate_seat(seat, rating=body.values["rating"], comment=comment, by=self.principal.actor, at=self.at)
        return self.shown(seat)
