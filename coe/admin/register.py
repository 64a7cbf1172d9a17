"""Platforms and accounts."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from coe.admin.base import HubAdmin
from coe.enums.roles import Permission
from coe.models import HandleRecord, Platform, SocialAccount
from coe.rules.scope import accounts_in_scope
from coe.services.accounts import create_account, edit_account
from coe.services.platforms import edit_platform


@admin.register(Platform)
class PlatformAdmin(HubAdmin):
    """The catalogue and the hub's decisions."""

    edit_permission = Permission.MANAGE_PLATFORMS
    list_display = (
        "name",
        "code",
        "decision",
        "terms_reviewed_on",
        "terms_review_due_on",
        "is_mfa_capable",
        "is_active",
    )
    list_filter = ("decision", "is_active")
    search_fields = ("name", "code")
    fields = (
        "code", "name", "decision", "decision_note", "terms_reviewed_on", "terms_review_due_on", "is_mfa_capable", "allows_comments",
        "is_case_sensitive", "url_template", "hosts", "aliases", "handle_rules", "is_active",
    )  # fmt: skip
    readonly_fields = ("code", "handle_rules", "hosts", "aliases", "url_template", "is_case_sensitive")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """The catalogue is common to all lines."""
        return Platform.objects.order_by("name")

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        return edit_platform(obj, changes=changes, by=self.principal(request).actor, at=self.now())


class HandleInline(admin.TabularInline):  # type: ignore[type-arg]  # the stubs' generic is not subscriptable at run time
    """Former handles, read-only."""

    model = HandleRecord
    extra = 0
    can_delete = False
    fields = readonly_fields = ("platform", "handle", "url", "from_at", "until_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The rename service writes them."""
        return False


@admin.register(SocialAccount)
class SocialAccountAdmin(HubAdmin):
    """The register. States move on the account's own page, where each transition says what it means."""

    scope_path = "line"
    edit_permission = Permission.EDIT_ACCOUNT
    inlines = (HandleInline,)
    list_display = (
        "display_name",
        "handle",
        "platform",
        "line",
        "state",
        "tier",
        "primary_owner",
        "backup_owner",
        "mfa_state",
    )
    list_filter = ("platform", "state", "tier", "mfa_state")
    list_select_related = ("platform", "line", "primary_owner", "backup_owner")
    search_fields = ("handle_key", "display_name", "url")
    autocomplete_fields = ("line", "platform", "primary_owner", "backup_owner", "emergency_contact")
    exclude = ("tags", "requested_by")
    readonly_fields = ("state", "state_since", "public_id", "custody_revision", "last_post_at")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Own and co-owned accounts."""
        return accounts_in_scope(self.principal(request)).order_by("handle_key", "id")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        return create_account(**values, by=self.principal(request).actor, at=self.now())

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        return edit_account(obj, changes=changes, by=self.principal(request).actor, at=self.now())
