"""Sweeps and findings in the admin: the same services, the same history."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from coe.rules.scope import require
from governance.enums.discovery import FindingAction
from governance.models import DiscoverySweep, Finding, FindingEvidence
from governance.selectors.discovery import findings_visible_to, sweeps_visible_to
from governance.services.findings import move_finding, report_finding
from governance.services.sweeps import end_sweep, start_sweep


@admin.register(DiscoverySweep)
class DiscoverySweepAdmin(HubAdmin):
    """Sweeps: started here or on their page, called off; completed on their page, with the result."""

    edit_permission = Permission.RUN_DISCOVERY
    hub_list = "sweep-list"
    list_display = ("name", "state", "line", "started_at", "completed_at", "led_by")
    list_filter = ("state", "started_at")
    list_select_related = ("line", "led_by")
    search_fields = ("name", "line__code")
    autocomplete_fields = ("line", "led_by")
    actions = ("call_off",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known later."""
        asked = ("name", "method", "line", "led_by")
        return (*asked, "state", "started_at", "completed_at", "summary") if obj else asked

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Those the caller sees."""
        return sweeps_visible_to(self.principal(request)).order_by("-started_at", "-id")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        require(self.principal(request), Permission.RUN_DISCOVERY)
        return start_sweep(**values, **said)

    @deed(_("Call the chosen sweeps off"), right=Permission.RUN_DISCOVERY)
    def call_off(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a sweep."""
        end_sweep(obj, is_done=False, **said)


class EvidenceInline(ReadOnlyInline):
    """What proves it; added on the finding's page."""

    model = FindingEvidence
    fields = ("kind", "text", "url", "file_name", "sha256", "added_by", "at")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """With the people."""
        return super().get_queryset(request).select_related("added_by").order_by("at", "id")


@admin.register(Finding)
class FindingAdmin(HubAdmin):
    """Findings: reported here too; judged on their own page, where the evidence is."""

    edit_permission = Permission.RUN_DISCOVERY
    hub_list, export_list, import_kind = "finding-list", "finding-export", "findings"
    inlines = (EvidenceInline,)
    list_display = ("handle", "platform", "kind", "state", "line", "found_at", "triaged_at", "assignee")
    list_filter = ("kind", "state", "found_at")
    list_select_related = ("platform", "line", "assignee")
    search_fields = ("handle_key", "display_name", "url")
    autocomplete_fields = ("platform", "line")
    actions = ("close", "reopen")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known later."""
        asked = ("platform", "handle", "url", "display_name", "line", "description")
        known = (
            "sweep", "kind", "state", "account", "found_at", "found_by", "assignee", "triaged_at", "triaged_by", "judgement",
            "takedown_reference", "takedown_asked_at", "takedown_due_at", "settled_at",
        )  # fmt: skip
        return (*asked, *known) if obj else asked

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Those the caller sees."""
        return findings_visible_to(self.principal(request)).order_by("-found_at", "-id")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return report_finding(**values, found_by=self.principal(request).user, **said)

    @deed(_("Close the chosen findings"), right=Permission.RUN_DISCOVERY, needs_why=True)
    def close(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a finding."""
        move_finding(obj, action=FindingAction.CLOSE, **said)

    @deed(_("Open the chosen findings again"), right=Permission.RUN_DISCOVERY, needs_why=True)
    def reopen(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a finding."""
        move_finding(obj, action=FindingAction.REOPEN, **said)
