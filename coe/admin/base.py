"""The admin as one more door: the same scope, the same services, the same history. Nothing here writes a row by itself."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.rules.principals import Principal
from coe.rules.scope import scoped


class HubAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # the stubs' generic is not subscriptable at run time
    """Read-only by default. A subclass that may be edited names the permission and calls one service per write."""

    scope_path: ClassVar[str | None] = None
    read_permission: ClassVar[Permission] = Permission.VIEW
    edit_permission: ClassVar[Permission | None] = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.URLField: {"assume_scheme": "https"}}

    def principal(self, request: HttpRequest) -> Principal:
        """The caller."""
        found: Principal = request.principal  # type: ignore[attr-defined]  # set by middleware
        return found

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Rows of the caller's lines."""
        rows = super().get_queryset(request)
        if self.scope_path is None:
            return rows if self.principal(request).sees_all else rows.none()
        return scoped(rows, self.principal(request), self.scope_path)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Staff with a role that reads."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Staff with a role that reads; the queryset keeps the scope."""
        return bool(request.user.is_staff) and self.principal(request).holds_anywhere(self.read_permission)

    def _may_edit(self, request: HttpRequest) -> bool:
        return (
            bool(request.user.is_staff)
            and self.edit_permission is not None
            and self.edit_permission in self.principal(request).company_permissions
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service creates, for roles of the whole company."""
        return self._may_edit(request) and type(self).create is not HubAdmin.create

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only where a service edits, for roles of the whole company."""
        return self._may_edit(request) and type(self).edit is not HubAdmin.edit

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never: records are archived or ended by their services."""
        return False

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """Create through a service."""
        raise DomainError(str(self.opts.verbose_name))

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """Edit through a service."""
        raise DomainError(str(self.opts.verbose_name))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand what changed to the one service call; `obj` becomes what the service stored."""
        values = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        if change:
            if values:
                stored = self.edit(request, type(obj)._default_manager.get(pk=obj.pk), values)
                obj.refresh_from_db()
                obj.pk = stored.pk
            return
        stored = self.create(
            request, {key: value for key, value in form.cleaned_data.items() if value not in (None, "")}
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Relations are the service's work too; inlines are read-only."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # nothing to return
        """The change history is the log; Django's own would be a second truth."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # nothing to return
        """The change history is the log; Django's own would be a second truth."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show a refusal of the service as a message beside the unchanged record."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            for text in [problem.message for problem in error.problems] or [error.message]:
                messages.error(request, text)
            return HttpResponseRedirect(request.get_full_path())

    def now(self) -> Any:
        """The clock, read at the door."""
        return timezone.now()


class ReadOnlyAdmin(HubAdmin):
    """Records that only their own services, tasks or the people themselves write."""
