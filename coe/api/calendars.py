"""Working calendars: everybody reads them, whoever manages lines writes them. The holidays of a calendar come and go with it."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.models import Holiday, WorkingCalendar
from coe.rules.scope import require
from coe.services.calendars import create_calendar, edit_calendar, remove_calendar


def _holidays(keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Holiday.objects.filter(calendar__in=keys).order_by("on").values_list("calendar", "on", "name")
    for key, on, name in rows:
        found.setdefault(key, []).append({"on": on, "name": name})
    return found


CALENDARS = Resource(
    name="Calendar",
    plural="calendars",
    rows=lambda principal: WorkingCalendar.objects.all(),
    on_lines=lambda lines: Q(pk__in=lines.filter(calendar__isnull=False).values("calendar_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/calendars/{code}/"),
        Field("display", ("name",)),
        plain("code"),
        plain("name"),
        plain("time_zone"),
        plain("hours", "object", note='Weekday "0" (Monday) to "6" → spans such as ["09:00", "17:00"].'),
        Field("holidays", (), "array", collect=_holidays),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("code", "code"), Filter("name", "name"), Filter("time_zone", "time_zone")),
    ordering={"code": "code", "name": "name", "updated_at": "updated_at"},
    default=("code",),
    search=lambda words: Q(code__icontains=words) | Q(name__icontains=words),
    description="Opening hours and holidays. `line`: those a line works by.",
)
_WORDS = (
    Input("name"), Input("time_zone"), Input("hours", "object"),
    Input("holidays", "array", note='[{"on": "2026-12-25", "name": "Christmas"}]; replaces all of them.'),
)  # fmt: skip
CREATE = (Input("code", required=True), Input("name", required=True), *_WORDS[1:])


def _values(body: Body) -> dict[str, Any]:
    values = dict(body.values)
    if "holidays" in values:
        days: dict[dt.date, str] = {}
        for place, one in enumerate(values["holidays"]):
            try:
                if (
                    not isinstance(one, dict)
                    or set(one) - {"on", "name"}
                    or not isinstance(one.get("name", ""), str)
                ):
                    raise ValueError
                days[dt.date.fromisoformat(str(one.get("on")))] = one.get("name", "")
            except ValueError as error:
                message = _("Write a holiday as {“on”: “2026-12-25”, “name”: “Christmas”}.")
                raise Invalid.one(f"holidays.{place}", "holiday_form", message) from error
        values["holidays"] = days
    return values


class CalendarListView(HubView):
    """Calendars."""

    resource = CALENDARS
    tag = "calendars"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_LINES}
    operations = {
        "GET": Operation("List working calendars", is_list=True),
        "POST": Operation(
            "Add one calendar, or several, all or nothing", CREATE, status=201, takes_array=True
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of calendars."""
        return self.listed(CALENDARS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Add calendars."""
        require(self.principal, Permission.MANAGE_LINES)

        def one(data: Any) -> WorkingCalendar:
            body = Body(data, CREATE, self.principal)
            return create_calendar(**_values(body), by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(CALENDARS, one, rows=WorkingCalendar.objects.all(), status=201)


class CalendarDetailView(HubView):
    """One calendar."""

    resource = CALENDARS
    tag = "calendars"
    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("PUT", "PATCH", "DELETE"), Permission.MANAGE_LINES),
    }
    operations = {
        "GET": Operation("Read a calendar"),
        "PUT": Operation("Add a calendar of this code, or edit it", _WORDS),
        "PATCH": Operation("Edit a calendar", _WORDS),
        "DELETE": Operation("Take a calendar away that nobody works by", status=204),
    }

    def get(self, request: Request, code: str) -> Response:
        """The calendar."""
        return self.told(CALENDARS, code=code)

    def _calendar(self, code: str) -> WorkingCalendar:
        require(self.principal, Permission.MANAGE_LINES)
        found = WorkingCalendar.objects.filter(code=code).first()
        if found is None:
            raise Http404
        return found

    def put(self, request: Request, code: str) -> Response:
        """Create or edit by the code in the address."""
        require(self.principal, Permission.MANAGE_LINES)
        if WorkingCalendar.objects.filter(code=code).exists():
            return self.patch(request, code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        values = {"name": code, **_values(body)}
        made = create_calendar(code=code, **values, by=self.principal.actor, at=self.at, why=body.why)
        return self.told(CALENDARS, pk=made.pk)

    def patch(self, request: Request, code: str) -> Response:
        """Change the calendar."""
        calendar = self._calendar(code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        edit_calendar(
            calendar, changes=_values(body), by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.told(CALENDARS, pk=calendar.pk)

    def delete(self, request: Request, code: str) -> Response:
        """Take it away; 409 names who works by it."""
        remove_calendar(
            self._calendar(code),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return Response(status=204)
