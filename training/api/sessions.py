"""Sessions: read by those they are offered to, planned and run by whoever keeps training records there."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import Operation
from coe.api.relations import LINE, PERSON
from coe.enums.roles import Permission
from coe.errors import Invalid, Problem
from coe.models import User
from coe.rules.scope import offered_to, require
from training.api.courses import course_field
from training.api.relations import COURSE, instant
from training.enums.training import SeatState
from training.models import Seat, Session
from training.rules.sessions import require_run
from training.services.seats import mark_attendance
from training.services.sessions import call_off_session, edit_session, plan_session


def _seats(keys: list[int]) -> dict[int, dict[str, int]]:
    found = {key: {"booked": 0, "waiting": 0} for key in keys}
    rows = Seat.objects.filter(session_id__in=keys).values("session_id").order_by()
    booked = Q(state__in=(SeatState.BOOKED, SeatState.ATTENDED))
    counts = rows.annotate(
        booked=Count("id", filter=booked), waiting=Count("id", filter=Q(state=SeatState.WAITING))
    )
    for key, taken, waiting in counts.values_list("session_id", "booked", "waiting"):
        found[key] = {"booked": taken, "waiting": waiting}
    return found


SESSIONS = Resource(
    name="TrainingSession",
    plural="sessions",
    rows=lambda principal: offered_to(Session.objects.all(), principal),
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/sessions/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/training/sessions/{key}/"),
        Field(
            "display", ("course__code", "starts_at"), make=lambda code, start: f"{code} · {start:%Y-%m-%d}"
        ),
        course_field(),
        line_field(),
        plain("starts_at", "datetime"),
        plain("ends_at", "datetime"),
        plain("time_zone"),
        plain("places", "integer"),
        plain("place"),
        plain("note"),
        person_field("trainer"),
        Field("seats", kind="any", collect=_seats, note="How many are booked, and how many people wait."),
        plain("cancelled_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("course", "course__code_key", fold=str.casefold, relation=COURSE),
        Filter("starts_at", "starts_at", "datetime"),
        Filter("cancelled_at", "cancelled_at", "datetime"),
    ),
    ordering={"starts_at": "starts_at", "updated_at": "updated_at"},
    default=("starts_at",),
    description="Sessions open to the whole company, and those of your lines and the lines above.",
)
EDIT = (
    Input("starts_at", "datetime", note="With its zone: 2026-03-02T09:00:00+01:00."),
    Input("ends_at", "datetime"),
    Input("time_zone", note="Whose clock the page shows, as Europe/Paris."),
    Input("places", "integer", note="Seats, 1 and more; not fewer than are booked."),
    Input("place"),
    Input("link", "uri", note="https:// only."),
    Input("note"),
    Input("trainer", relation=PERSON, nullable=True),
)
PLAN = (
    Input("course", relation=COURSE, required=True),
    Input(
        "line",
        relation=LINE,
        nullable=True,
        note="null: open to the whole company, for the hub to offer. A token: its own line.",
    ),
    Input("starts_at", "datetime", required=True),
    Input("ends_at", "datetime", required=True),
    *EDIT[2:],
)
ATTENDANCE = (
    Input("attended", "strings", note="E-mail addresses of those who came: they have completed the course."),
    Input("absent", "strings", note="Of those who did not. Who is named in neither list stays as they are."),
)
_TIMES = {"starts_at": "2031-03-03T09:00:00+01:00", "ends_at": "2031-03-03T11:00:00+01:00"}
EXAMPLE = {"course": "FND", **_TIMES, "time_zone": "Europe/Paris", "places": 12, "place": "Room 4"}


def _values(body: Body) -> dict[str, Any]:
    values = dict(body.values)
    for name in ("starts_at", "ends_at"):
        if name in values:
            values[name] = instant(name, values[name])
    return values


class _SessionView(ManyView):
    resource = SESSIONS
    tag = "training"

    def session(self, public_id: UUID) -> Session:
        """A session that is offered to the caller; 404 otherwise."""
        rows = offered_to(Session.objects.select_related("course", "line"), self.principal)
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def shown(self, session: Session) -> Response:
        """The session as it is now."""
        return self.told(SESSIONS, rows=Session.objects.all(), pk=session.pk)

    def edit(self, session: Session, body: Body, revision: int | None) -> Session:
        """Change one session."""
        require_run(self.principal, session)
        by, at = self.principal.actor, self.at
        return edit_session(
            session, changes=_values(body), by=by, at=at, why=body.why, expected_revision=revision
        )

    def call_off(self, session: Session, why: str, revision: int | None) -> Session:
        """Call one session off."""
        require_run(self.principal, session)
        by, at = self.principal.actor, self.at
        return call_off_session(session, by=by, at=at, why=why, expected_revision=revision)


class SessionListView(_SessionView):
    """Sessions."""

    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.RECORD_TRAINING,
        "PATCH": Permission.VIEW,
        "DELETE": Permission.VIEW,
    }
    operations = {
        "GET": Operation("List sessions", is_list=True),
        "POST": Operation(
            "Plan one session, or several, all or nothing",
            PLAN,
            status=201,
            takes_array=True,
            example=EXAMPLE,
        ),
        "PATCH": Operation(
            "Change several sessions, all or nothing; each names its id",
            (ID, REVISION, *EDIT),
            takes_array=True,
        ),
        "DELETE": Operation("Call several sessions off, all or nothing", takes_array=True),
    }

    def get(self, request: Request) -> Response:
        """A page of sessions."""
        return self.listed(SESSIONS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Plan sessions."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> Session:
            body = Body(data, PLAN, self.principal, memo=memo)
            values = _values(body)
            if "line" not in values and self.principal.token is not None:
                values["line"] = self.principal.token.line
            line = values.get("line")
            require(self.principal, Permission.RECORD_TRAINING, line.pk if line else None)
            return plan_session(
                values.pop("course"), **values, by=self.principal.actor, at=self.at, why=body.why
            )

        return self.write_one_or_many(SESSIONS, one, rows=Session.objects.all(), status=201)

    def patch(self, request: Request) -> Response:
        """Change sessions by id."""
        rows = offered_to(Session.objects.select_related("course"), self.principal)
        return self.edit_each(SESSIONS, self.edit, rows=rows, inputs=EDIT)

    def delete(self, request: Request) -> Response:
        """Call sessions off."""
        rows = offered_to(Session.objects.select_related("course"), self.principal)
        return self.remove_each(self.call_off, rows=rows, resource=SESSIONS)


class SessionDetailView(_SessionView):
    """One session."""

    permissions = dict.fromkeys(("GET", "PATCH", "DELETE"), Permission.VIEW)
    operations = {
        "GET": Operation("Read a session"),
        "PATCH": Operation("Change a session; more seats let the waiting in", EDIT, example={"places": 20}),
        "DELETE": Operation("Call a session off and free its seats"),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The session."""
        return self.told(SESSIONS, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change the session; 409 names whose other session it would overlap."""
        session = self.session(public_id)
        require_run(self.principal, session)
        body = Body(request.data, EDIT, self.principal, partial=True)
        return self.shown(self.edit(session, body, expected_revision(request)))

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Call it off."""
        return self.shown(self.call_off(self.session(public_id), "", expected_revision(request)))


class AttendanceView(_SessionView):
    """Who came to a session."""

    permissions = {"POST": Permission.VIEW}
    operations = {
        "POST": Operation(
            "Note who came; who came has completed the course, who is corrected to absent has not", ATTENDANCE,
            example={"attended": ["ada@example.com"], "absent": []},
        )
    }  # fmt: skip

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Note attendance, all of it or none."""
        session = self.session(public_id)
        require_run(self.principal, session)
        body = Body(request.data, ATTENDANCE, self.principal)
        named = [(f"{name}/{place}", address.strip().lower(), name == "attended")
                 for name in ("attended", "absent") for place, address in enumerate(body.values.get(name, []))]  # fmt: skip
        held = User.objects.filter(
            email__in={address for _where, address, _came in named}, seats__session=session
        )
        people = dict(held.values_list("email", "pk"))
        problems = self._problems(named, people)
        if problems:
            raise Invalid(problems[0].message, problems=tuple(problems))
        attended = {people[address]: came for _where, address, came in named}
        where = {f"attended/{people[address]}": place for place, address, _came in named}
        try:
            mark_attendance(session, attended=attended, by=self.principal.actor, at=self.at, why=body.why)
        except Invalid as error:
            told = (Problem(where.get(one.field, one.field), one.code, one.message) for one in error.problems)
            raise Invalid(error.message, problems=tuple(told)) from error
        return self.shown(session)

    def _problems(self, named: list[tuple[str, str, bool]], people: dict[str, int]) -> list[Problem]:
        problems, seen = [], set[str]()
        for where, address, _came in named:
            if address not in people:
                problems.append(Problem(where, "no_seat", _("This person holds no seat.")))
            elif address in seen:
                problems.append(Problem(where, "doubled", _("This person stands twice.")))
            seen.add(address)
        return problems
