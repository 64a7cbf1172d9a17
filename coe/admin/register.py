"""Platforms and accounts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, HubForm, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.admin.organisation import words_of
from coe.enums.accounts import HUB_ACTIONS, AccountAction
from coe.enums.roles import Permission
from coe.forms.fields import LinesField, WordsField
from coe.models import BusinessLine, HandleRecord, Platform, SocialAccount
from coe.rules.scope import accounts_in_scope
from coe.services.accounts import create_account, edit_account, rename_handle, set_co_owners, transition
from coe.services.platforms import create_platform, edit_platform


@admin.register(Platform)
class PlatformAdmin(HubAdmin):
    """The catalogue and the hub's decisions. A platform that is no longer offered is kept: accounts stand on it."""

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
    actions = ("retire", "offer")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """The catalogue is common to all lines."""
        return Platform.objects.order_by("name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once: imports and the API find the platform by it."""
        return ("code",) if obj else ()

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_platform(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_platform(obj, changes=changes, **said)

    @deed(_("Offer the chosen platforms no longer"), right=Permission.MANAGE_PLATFORMS)
    def retire(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a platform."""
        edit_platform(obj, changes={"is_active": False}, **said)

    @deed(_("Offer the chosen platforms again"), right=Permission.MANAGE_PLATFORMS)
    def offer(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a platform."""
        edit_platform(obj, changes={"is_active": True}, **said)


class HandleInline(ReadOnlyInline):
    """Former handles: a rename writes them."""

    model = HandleRecord
    fields = ("platform", "handle", "url", "from_at", "until_at")


class AccountForm(HubForm):
    """An account, its tags as words and its co-owners by code."""

    tags = WordsField(label=_("Tags"), required=False, help_text=_("Words with commas between them."))
    languages = WordsField(
        label=_("Languages"), required=False, help_text=_("Codes with commas between them: en, fr")
    )
    handle = forms.CharField(
        label=_("Handle"), max_length=200, required=False, help_text=_("Or give the address below.")
    )
    co_owners = LinesField(BusinessLine.objects.none(), label=_("Co-owning lines"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tags"] = words_of(self.instance)
        if "co_owners" in self.fields:
            self.fields["co_owners"].queryset = BusinessLine.objects.all()  # only the hub writes here
        if self.instance.pk:
            self.initial["co_owners"] = list(self.instance.co_owner_lines.order_by("code_key"))


def _move(action: AccountAction, label: Any) -> Any:
    """An action of the list that moves accounts; the hub's decisions need the right to approve."""
    right = Permission.APPROVE_ACCOUNT if action in HUB_ACTIONS else Permission.EDIT_ACCOUNT

    def move(self: Any, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an account."""
        transition(obj, action=action, **said)

    move.__name__ = action.value
    return deed(label, right=right)(move)


@admin.register(SocialAccount)
class SocialAccountAdmin(HubAdmin):
    """The register: accounts are added, edited, renamed, shared and moved from state to state."""

    form = AccountForm
    edit_permission = Permission.EDIT_ACCOUNT
    hub_list, import_kind, export_list = "account-list", "accounts", "account-export"
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
    list_display_links = ("display_name", "handle")
    list_filter = ("platform", "state", "tier", "mfa_state")
    list_select_related = ("platform", "line", "primary_owner", "backup_owner")
    search_fields = ("handle_key", "display_name", "url", "line__code")
    autocomplete_fields = ("line", "platform", "primary_owner", "backup_owner", "emergency_contact")
    fieldsets = (
        (None, {"fields": (
            "platform", "handle", "url", "platform_account_id", "display_name", "line", "co_owners", "state", "state_since",
        )}),
        (_("What it is for"), {"fields": ("kind", "tier", "purpose", "audience", "languages", "tags", "notes")}),
        (_("People"), {"fields": ("primary_owner", "backup_owner", "emergency_contact")}),
        (_("Custody"), {"fields": (
            "publish_method", "custody_kind", "vault_reference", "recovery_email", "recovery_kind", "mfa_state", "mfa_method",
            "mfa_verified_on", "app_review_on", "custody_revision",
        )}),
        (_("Rules and rhythm"), {"fields": (
            "allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated", "is_service", "last_post_at",
            "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on", "opened_on", "public_id",
        )}),
    )  # fmt: skip
    readonly_fields = ("state", "state_since", "public_id", "custody_revision")
    readers_see: ClassVar[Mapping[str, str]] = {"tags": "", "co_owners": ""}
    approve = _move(AccountAction.APPROVE, _("Approve the chosen accounts"))
    reject = _move(AccountAction.REJECT, _("Reject the chosen accounts"))
    activate = _move(AccountAction.ACTIVATE, _("Activate the chosen accounts"))
    mark_dormant = _move(AccountAction.MARK_DORMANT, _("Mark the chosen accounts dormant"))
    suspend = _move(AccountAction.SUSPEND, _("Suspend the chosen accounts"))
    report_compromised = _move(
        AccountAction.REPORT_COMPROMISED, _("Report the chosen accounts as compromised")
    )
    start_closing = _move(AccountAction.START_CLOSING, _("Start closing the chosen accounts"))
    archive = _move(AccountAction.ARCHIVE, _("Archive the chosen accounts"))
    restore = _move(AccountAction.RESTORE, _("Restore the chosen accounts"))
    actions = tuple(action.value for action in AccountAction)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Own and co-owned accounts."""
        return accounts_in_scope(self.principal(request)).order_by("handle_key", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An account never changes its platform: that would be another account."""
        return (*self.readonly_fields, *(("platform",) if obj else ()))

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_account(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """The services that fit what changed: a new handle is a rename, and sharing is its own act."""
        first = dict(said)
        after = {**said, "expected_revision": None}
        if "handle" in changes:
            obj = rename_handle(obj, handle=changes.pop("handle"), url=changes.pop("url", ""), **first)
            first = after
        if "co_owners" in changes:
            obj = set_co_owners(obj, lines=changes.pop("co_owners"), **first)
            first = after
        return edit_account(obj, changes=changes, **first) if changes else obj
