"""What the ground keeps: history, notices, messages, imports, tokens. All read-only here; their own pages act on them."""

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from coe.admin.base import ReadOnlyAdmin
from coe.enums.roles import Permission
from coe.enums.work import OutboxState
from coe.errors import DomainError
from coe.models import ChangeEvent, ImportBatch, Notice, OutboxMessage, ServiceToken, Timer
from coe.rules.scope import lines_in_scope
from coe.services.timers import release_timers


@admin.register(ChangeEvent)
class ChangeEventAdmin(ReadOnlyAdmin):
    """The change history of the caller's lines."""

    read_permission = Permission.VIEW_HISTORY
    list_display = ("at", "actor_label", "action", "object_label", "why", "request_id")
    list_filter = ("action", "object_type", "actor_kind")
    search_fields = ("object_label", "actor_label", "request_id")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ChangeEvent]":
        """Rows of lines in scope; rows of no line are for those who see everything."""
        principal = self.principal(request)
        rows = ChangeEvent.objects.order_by("-id")
        return rows if principal.sees_all else rows.filter(line_id__in=lines_in_scope(principal).values("pk"))


@admin.register(ServiceToken)
class ServiceTokenAdmin(ReadOnlyAdmin):
    """Service tokens: made, rotated and revoked on the tokens page."""

    read_permission = Permission.MANAGE_TOKENS
    scope_path = "line"
    list_display = ("name", "prefix", "line", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("line",)
    fields = ("name", "prefix", "line", "scopes", "expires_at", "last_used_at", "revoked_at", "created_by")


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    """Imports: made, applied and undone on the imports page."""

    list_display = (
        "created_at",
        "kind",
        "file_name",
        "state",
        "rows",
        "created",
        "updated",
        "unchanged",
        "skipped",
        "rejected",
        "by_label",
    )
    list_filter = ("kind", "state")
    fields = (
        "kind", "state", "file_name", "file_sha256", "file_bytes", "mapping_name", "is_dry_run", "by_label", "rows", "created", "updated",
        "unchanged", "skipped", "rejected", "started_at", "finished_at", "undone_at", "error",
    )  # fmt: skip


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Messages that leave the hub, and why one has not."""

    list_display = ("created_at", "channel", "kind", "recipient", "state", "attempts", "sent_at", "reason")
    list_filter = ("state", "channel", "kind")
    search_fields = ("key", "recipient__email")
    list_select_related = ("recipient",)
    fields = (
        "key", "channel", "recipient", "kind", "payload", "state", "reason", "not_before", "lease_until", "attempts", "sent_at",
    )  # fmt: skip
    readonly_fields = ("reason",)

    @admin.display(description=gettext_lazy("why not sent"))
    def reason(self, message: OutboxMessage) -> str:
        """Why a message was suppressed or failed, or until when it is held."""
        if message.state == OutboxState.PENDING and message.not_before > self.now():
            held = gettext("held until %(moment)s") % {
                "moment": date_format(timezone.localtime(message.not_before), "DATETIME_FORMAT")
            }
            return f"{held}: {message.note}" if message.note else held
        return message.note


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Notices in people's inboxes."""

    list_display = ("created_at", "user", "subject", "read_at")
    list_select_related = ("user",)


@admin.register(Timer)
class TimerAdmin(ReadOnlyAdmin):
    """The product's clocks: set by the services of what they belong to. What failed waits here to be released."""

    list_display = (
        "due_at",
        "kind",
        "subject",
        "epoch",
        "state",
        "attempts",
        "settled_at",
        "note",
        "last_error",
    )
    list_filter = ("state", "kind")
    search_fields = ("subject",)
    actions = ("release",)

    def has_release_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return Permission.ADMINISTER in self.principal(request).company_permissions

    @admin.action(description=gettext_lazy("Release from quarantine"), permissions=["release"])
    def release(self, request: HttpRequest, timers: "models.QuerySet[Timer]") -> None:
        """Make the chosen timers due again."""
        try:
            count = release_timers(timers, by=self.principal(request).actor, at=self.now())
        except DomainError as error:
            messages.error(request, error.message)
            return
        done = ngettext("%(count)d timer released.", "%(count)d timers released.", count)
        messages.success(request, done % {"count": count})
