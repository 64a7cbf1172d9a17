"""Sessions and who sits in them."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from coe.rules.scope import learners_in_scope, offered_to
from training.models import Seat, Session
from training.services.sessions import call_off_session, edit_session, plan_session


class SeatInline(ReadOnlyInline):
    """Seats of people whose training the caller sees; attendance is noted on the session's page."""

    model = Seat
    fields = ("user", "state", "booked_at", "rating", "comment")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """In scope, with the people."""
        principal: Any = request.principal  # type: ignore[attr-defined]  # set by middleware
        people = learners_in_scope(principal, self.admin_site._registry[Session].now())  # type: ignore[attr-defined]  # ours
        return (
            super()
            .get_queryset(request)
            .filter(user__in=people)
            .select_related("user")
            .order_by("booked_at", "id")
        )


@admin.register(Session)
class SessionAdmin(HubAdmin):
    """Sessions: planned, edited, called off. Seats and attendance are the business of the session's page."""

    edit_permission = Permission.RECORD_TRAINING
    hub_list = "session-list"
    inlines = (SeatInline,)
    list_display = ("course", "line", "starts_at", "ends_at", "places", "trainer", "cancelled_at")
    list_filter = ("starts_at", ("cancelled_at", admin.EmptyFieldListFilter))
    list_select_related = ("course", "line", "trainer")
    search_fields = ("course__code", "course__titles", "line__code", "place")
    autocomplete_fields = ("course", "line", "trainer")
    fields = (
        "course", "line", "starts_at", "ends_at", "time_zone", "places", "place", "link", "trainer", "note", "cancelled_at",
    )  # fmt: skip

    actions = ("call_off",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Session]":
        """What is offered to the caller's lines."""
        return offered_to(Session.objects.select_related("course", "line"), self.principal(request)).order_by(
            "-starts_at", "-id"
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Another course or line is another session."""
        return ("cancelled_at", "course", "line") if obj else ("cancelled_at",)

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return plan_session(values.pop("course"), **values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_session(obj, changes=changes, **said)

    @deed(_("Call the chosen sessions off"), right=Permission.RECORD_TRAINING)
    def call_off(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a session."""
        call_off_session(obj, **said)
