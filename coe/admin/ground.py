"""What the ground keeps: history, notices, messages, clocks and imports, to be read; and tokens."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from coe.admin.base import HubAdmin, HubForm, ReadOnlyAdmin, Said
from coe.admin.deeds import deed
from coe.enums.roles import OFFERED_SCOPES, Permission
from coe.enums.work import OutboxState
from coe.errors import DomainError
from coe.models import ChangeEvent, ImportBatch, Notice, OutboxMessage, ServiceToken, Timer
from coe.selectors.changes import changes_in_scope
from coe.services.timers import release_timers
from coe.services.tokens import create_token, revoke_token

SEARCHED = 100_000


@admin.register(ChangeEvent)
class ChangeEventAdmin(ReadOnlyAdmin):
    """The change history of the caller's lines."""

    read_permission = Permission.VIEW_HISTORY
    origin = gettext_lazy("The change history is only ever added to, by the services that write.")
    hub_list, export_list = "history-list", "history-export"
    list_display = ("at", "actor_label", "action", "object_label", "why", "request_id")
    list_filter = ("actor_kind", "at")
    search_fields = ("object_label", "actor_label", "action", "request_id")
    # No help text below the search field: axe finds the field labelled by it alone (label-title-only).
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ChangeEvent]":
        """Changes on the lines whose history the caller may see."""
        return changes_in_scope(self.principal(request)).order_by("-id")

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[ChangeEvent]", search_term: str
    ) -> tuple["models.QuerySet[ChangeEvent]", bool]:
        """Words are looked for among the newest changes: no index finds the middle of a word, and the history only grows."""
        if search_term:
            newest = ChangeEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            queryset = queryset.filter(pk__gt=newest - SEARCHED)
        return super().get_search_results(request, queryset, search_term)


class TokenForm(HubForm):
    """A token, its scopes as boxes to tick."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope.value, scope.label) for scope in OFFERED_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )


@admin.register(ServiceToken)
class ServiceTokenAdmin(HubAdmin):
    """Service tokens: made and revoked here; replaced with an overlap on the tokens page. The secret is shown once."""

    form = TokenForm
    read_permission = Permission.MANAGE_TOKENS
    edit_permission = Permission.MANAGE_TOKENS
    scope_path = "line"
    hub_list = "token-list"
    origin = gettext_lazy("A token is never changed: revoke it, or replace it on the tokens page.")
    list_display = ("name", "prefix", "line", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("line",)
    search_fields = ("name", "prefix", "line__code")
    autocomplete_fields = ("line",)
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known of it later."""
        asked = ("name", "line", "scopes", "expires_at")
        return (*asked, "prefix", "last_used_at", "revoked_at", "created_by") if obj else asked

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call; the secret waits for the answer to this very request."""
        token, request.shown_once = create_token(**values, **said)  # type: ignore[attr-defined]  # read below
        return token

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Show the secret in the answer itself: it is in no cookie, no address and no cache."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Token %(name)s") % {"name": obj.name},
            "opts": self.opts,
            "object": obj,
            "secret": request.shown_once,  # type: ignore[attr-defined]  # set above
        }
        answer = TemplateResponse(request, "admin/hub_shown_once.html", context)
        add_never_cache_headers(answer)
        return answer

    @deed(gettext_lazy("Revoke the chosen tokens"), right=Permission.MANAGE_TOKENS)
    def revoke(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a token."""
        revoke_token(obj, **said)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    """Imports: made, applied and undone on the imports page."""

    origin = gettext_lazy("Files are checked, applied and undone on the page of the import.")
    hub_list = "import-list"
    import_kind = "lines"
    search_fields = ("file_name", "by_label")

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

    origin = gettext_lazy("Messages are written by what happens in the hub, and sent by the worker.")

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

    origin = gettext_lazy("Notices are written by what happens in the hub, and read by whom they are for.")
    list_filter = ("kind",)
    search_fields = ("user__email", "subject")

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
    origin = gettext_lazy("Timers are set by the services of what they belong to.")
    actions = ("release",)

    @admin.action(description=gettext_lazy("Release from quarantine"))
    def release(self, request: HttpRequest, timers: "models.QuerySet[Timer]") -> None:
        """Make the chosen timers due again: one service call for all."""
        try:
            count = release_timers(timers, by=self.principal(request).actor, at=self.now())
        except DomainError as error:
            messages.error(request, error.message)
            return
        done = ngettext("%(count)d timer released.", "%(count)d timers released.", count)
        messages.success(request, done % {"count": count})

    release.right = Permission.ADMINISTER  # type: ignore[attr-defined]  # read by `HubAdmin.get_actions`
