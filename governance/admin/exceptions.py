"""Admin of exceptions."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from coe.admin.base import HubAdmin, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from governance.models import PolicyException
from governance.selectors.exceptions import exceptions_visible_to
from governance.services.exceptions import close_exception, revoke_exception, take_up


@admin.register(PolicyException)
class ExceptionAdmin(HubAdmin):
    """Exceptions. A decision is bound to what was read, so it is taken on the exception's own page and not over a list."""

    edit_permission = Permission.DECIDE_EXCEPTION
    origin = gettext_lazy(
        "Exceptions are asked for and decided in the hub: whoever decides has to have read what is asked."
    )
    hub_list, export_list = "exception-list", "exception-export"
    list_display = (
        "title",
        "subject",
        "line",
        "requester",
        "approver",
        "state",
        "requested_at",
        "expires_at",
    )
    list_filter = ("state", "subject", "expires_at")
    list_select_related = ("line", "requester", "approver")
    search_fields = (
        "title",
        "criterion",
        "policy__code",
        "line__code",
        "requester__email",
        "approver__email",
    )
    fields = (
        "title", "subject", "line", "person", "policy", "version", "clause", "criterion", "account", "course", "reason",
        "compensating_control", "state", "requester", "requested_at", "approver", "decided_at", "decision_note", "starts_at",
        "expires_at", "extends", "ended_at", "end_note", "ended_by",
    )  # fmt: skip
    actions = ("take_up", "revoke", "close")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Exceptions the caller sees."""
        return exceptions_visible_to(self.principal(request)).order_by("-requested_at", "-id")

    @deed(gettext_lazy("Take the chosen exceptions up"), right=Permission.DECIDE_EXCEPTION)
    def take_up(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an exception."""
        take_up(obj, **said)

    @deed(gettext_lazy("Revoke the chosen exceptions"), right=Permission.DECIDE_EXCEPTION, needs_why=True)
    def revoke(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an exception."""
        revoke_exception(obj, by=said["by"], at=said["at"], note=said["why"])

    @deed(gettext_lazy("Close the chosen exceptions"), right=Permission.DECIDE_EXCEPTION)
    def close(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an exception."""
        close_exception(obj, by=said["by"], at=said["at"], note=said["why"])
