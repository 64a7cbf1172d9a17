"""Certification, discovery and what hangs on them in the admin: the same services, the same history."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from governance.enums.certification import CampaignAction
from governance.models import AccountCertification, AccountCheck, CertificationCampaign
from governance.rules.certification import require_campaigns
from governance.selectors.certification import (
    campaigns_visible_to,
    certifications_visible_to,
    checks_visible_to,
)
from governance.services.certification import withdraw_certification
from governance.services.certification_campaigns import (
    move_certification_campaign,
    plan_certification_campaign,
)


@admin.register(AccountCertification)
class AccountCertificationAdmin(HubAdmin):
    """Certifications: given on the account's own page, where what must hold is seen; taken back here too."""

    origin = _("An account is certified on its own page, by an owner or whoever leads its line.")
    hub_list, export_list = "certification-list", "certification-export"
    list_display = ("account", "by_name", "at", "next_due_at", "ended", "ended_at")
    list_filter = ("ended", "at", "next_due_at")
    list_select_related = ("account__line",)
    search_fields = ("account__handle", "by_name")
    fields = (
        "account", "campaign", "by", "by_name", "at", "next_due_at", "custody_revision", "answers", "checks", "note", "ended", "ended_at",
    )  # fmt: skip
    actions = ("withdraw",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Those of accounts the caller sees."""
        return certifications_visible_to(self.principal(request)).order_by("-at", "-id")

    def page_of(self, obj: Any) -> str:
        """The certification of the account."""
        return f"{obj.account.get_absolute_url()}certification/"

    @deed(_("Take the chosen certifications back"), right=Permission.CERTIFY_ACCOUNT, needs_why=True)
    def withdraw(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a certification."""
        withdraw_certification(obj, **said)


@admin.register(AccountCheck)
class AccountCheckAdmin(HubAdmin):
    """Looks at accounts on their platforms."""

    origin = _("A look at an account is noted on the page of its certification.")
    hub_list = "certification-list"
    list_display = ("account", "kind", "outcome", "checked_on", "checked_by")
    list_filter = ("kind", "outcome", "checked_on")
    list_select_related = ("account", "checked_by")
    search_fields = ("account__handle", "checked_by__email", "checked_by__name")
    fields = ("account", "kind", "outcome", "checked_on", "checked_by", "note")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Those of accounts the caller sees."""
        return checks_visible_to(self.principal(request)).order_by("-checked_on", "-id")

    def page_of(self, obj: Any) -> str:
        """The certification of the account."""
        return f"{obj.account.get_absolute_url()}certification/"


@admin.register(CertificationCampaign)
class CertificationCampaignAdmin(HubAdmin):
    """Campaigns: planned here or on their page, started, ended and called off."""

    edit_permission = Permission.EDIT_LINE
    hub_list = "certification-campaign-list"
    list_display = ("name", "line", "platform", "tier", "state", "starts_at", "due_at")
    list_filter = ("state", "due_at")
    list_select_related = ("line", "platform")
    search_fields = ("name", "line__code")
    autocomplete_fields = ("line", "platform")
    actions = ("start", "end", "cancel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known later."""
        asked = ("name", "line", "platform", "tier", "due_at")
        return (*asked, "state", "starts_at") if obj else asked

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Those that reach the caller's lines."""
        return campaigns_visible_to(self.principal(request)).order_by("-starts_at", "-id")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        line = values.get("line")
        require_campaigns(self.principal(request), line.pk if line else None)
        return plan_certification_campaign(**values, **said)

    @deed(_("Start the chosen campaigns"), right=Permission.EDIT_LINE)
    def start(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a campaign."""
        move_certification_campaign(obj, action=CampaignAction.START, **said)

    @deed(_("End the chosen campaigns"), right=Permission.EDIT_LINE)
    def end(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a campaign."""
        move_certification_campaign(obj, action=CampaignAction.END, **said)

    @deed(_("Call the chosen campaigns off"), right=Permission.EDIT_LINE)
    def cancel(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a campaign."""
        move_certification_campaign(obj, action=CampaignAction.CANCEL, **said)
