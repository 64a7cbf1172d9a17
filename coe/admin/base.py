"""The admin as one more door: the same scope, the same services, the same history. Nothing here writes a row by itself."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.models import ChangeEvent
from coe.rules.principals import Principal
from coe.rules.scope import scoped
from coe.selectors.changes import changes_in_scope
from coe.selectors.told import tell

Said = Mapping[str, Any]
EVENTS_A_PAGE = 50
# Fields of every form that are no values of the record.
ABOUT = ("why", "expected_revision")


class SplitMoment(AdminSplitDateTime):
    """Day and clock, each named: one label cannot name two fields."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """The words beside the fields name them."""
        context = super().get_context(name, value, attrs)
        for part, words in zip(context["widget"]["subwidgets"], ("date_label", "time_label"), strict=True):
            part["attrs"]["aria-label"] = str(context[words]).rstrip(" :\u00a0")
        return context


class HubForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs' generic is not subscriptable at run time
    """A record's form, with the reason for the history and the revision that was read. Says what the service refused."""

    refusal: ClassVar[DomainError | None] = None
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("Stands in the history beside the change."),
    )
    expected_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Where to complain about a column that is filled in by other fields (see `blame`).
        self.stands_for: dict[str, str] = {}
        # The service refuses in words what Django would refuse by the name of a constraint.
        self.instance.validate_constraints = lambda exclude=None: None
        if self.instance.pk:
            self.initial["expected_revision"] = getattr(self.instance, "revision", None)

    def clean(self) -> dict[str, Any]:
        """Blame the fields for what the service refused when it was asked a moment ago."""
        super().clean()
        if self.refusal is not None:
            blame(self, self.refusal, tells_place=True)
        return self.cleaned_data

    def values(self, *, only_changed: bool) -> dict[str, Any]:
        """What was filled in, or what differs from the record."""
        names = self.changed_data if only_changed else list(self.cleaned_data)
        found = {
            name: self.cleaned_data[name] for name in names if name in self.cleaned_data and name not in ABOUT
        }
        return (
            found
            if only_changed
            else {name: value for name, value in found.items() if value not in (None, "")}
        )


class HubAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # the stubs' generic is not subscriptable at run time
    """Read-only by default. A subclass that may be edited names the permission and calls one service per write."""

    form = HubForm
    scope_path: ClassVar[str | None] = None
    read_permission: ClassVar[Permission] = Permission.VIEW
    edit_permission: ClassVar[Permission | None] = None
    # Says on a page that nobody may edit where its rows come from.
    origin: ClassVar[str | Promise] = ""
    # Fields that only the form knows → the column that is shown in their place to those who may not write ("": none).
    readers_see: ClassVar[Mapping[str, str]] = {}
    # The page of the hub that shows and acts on such records, and the kind of file that brings many of them.
    hub_list: ClassVar[str] = ""
    import_kind: ClassVar[str] = ""
    export_list: ClassVar[str] = ""
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.URLField: {"assume_scheme": "https"},
        models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": SplitMoment},
    }
    delete_confirmation_template = "admin/hub_remove.html"

    class Media:
        js = ("hub/admin.js",)

    def principal(self, request: HttpRequest) -> Principal:
        """The caller."""
        found: Principal = request.principal  # type: ignore[attr-defined]  # set by middleware
        return found

    def now(self) -> Any:
        """The clock, read at the door."""
        return timezone.now()

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Rows of the caller's lines."""
        rows = super().get_queryset(request)
        if self.scope_path is None:
            return rows if self.principal(request).sees_all else rows.none()
        return scoped(rows, self.principal(request), self.scope_path)

    # Who may

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Staff with a role that reads."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Staff with a role that reads; the queryset keeps the scope."""
        return bool(request.user.is_staff) and self.principal(request).holds_anywhere(self.read_permission)

    def may_edit(self, request: HttpRequest) -> bool:
        """Staff whose right holds for the whole company: line leads write on the hub's own pages."""
        return (
            bool(request.user.is_staff)
            and self.edit_permission is not None
            and self.edit_permission in self.principal(request).company_permissions
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only where a service creates."""
        return self.may_edit(request) and type(self).create is not HubAdmin.create

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only where a service edits."""
        return self.may_edit(request) and type(self).edit is not HubAdmin.edit

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only where a service takes away; elsewhere records are archived or ended."""
        return self.may_edit(request) and type(self).remove is not HubAdmin.remove

    # What a subclass writes: one service call each

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """Create through a service. `said` is who, when and why."""
        raise DomainError(str(self.opts.verbose_name))

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """Edit through a service. `said` also holds the revision that was read."""
        raise DomainError(str(self.opts.verbose_name))

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """Take away through a service."""
        raise DomainError(str(self.opts.verbose_name))

    # How Django's own steps lead there

    def said(self, request: HttpRequest, why: str = "") -> dict[str, Any]:
        """Who writes, when and why."""
        return {"by": self.principal(request).actor, "at": self.now(), "why": why}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand what changed to the one service call; `obj` becomes what the service stored."""
        said = self.said(request, form.cleaned_data.get("why") or "")
        if change:
            changes = form.values(only_changed=True)
            if changes:
                said["expected_revision"] = form.cleaned_data.get("expected_revision")
                obj.pk = self.edit(request, type(obj)._default_manager.get(pk=obj.pk), changes, said).pk
                obj.refresh_from_db()
            return
        obj.pk = self.create(request, form.values(only_changed=False), said).pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Relations are the service's work too; inlines are read-only."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Hand the record to the one service call."""
        self.remove(request, obj, self.said(request, request.POST.get("why", "")[:500]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing goes with it: the service refuses while others need it."""
        return [str(one) for one in objs], {}, set(), []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those the caller may do; never Django's own deletion of many."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        held = self.principal(request).company_permissions
        return {name: one for name, one in found.items() if getattr(one[0], "right", None) in {None, *held}}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # nothing to return
        """The change history is the log; Django's own would be a second truth."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # nothing to return
        """The change history is the log; Django's own would be a second truth."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]  # nothing to return
        """The change history is the log; Django's own would be a second truth."""

    # Pages

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, which knows what the service just refused."""
        found = super().get_form(request, obj, change=change, **kwargs)
        found.refusal = getattr(request, "refusal", None)
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The record's own fields and, to those who may write, the reason."""
        own = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) if obj else self.has_add_permission(request):
            return [*own, (None, {"fields": ABOUT if obj else ABOUT[:1]})]
        see = self.readers_see
        return [
            (title, {"fields": tuple(shown for name in part["fields"] if (shown := see.get(name, name)))})
            for title, part in own
        ]

    def page_of(self, obj: Any) -> str:
        """The address of the record's own page in the hub, where there is one."""
        return str(obj.get_absolute_url()) if hasattr(obj, "get_absolute_url") else ""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The form. What the service refuses is asked again with the complaint at its field; nothing is written then."""
        may_write = (
            self.has_add_permission(request) if object_id is None else self.has_change_permission(request)
        )
        extra = {
            "origin": "" if may_write else self.origin,
            "may_see_history": self.principal(request).holds_anywhere(Permission.VIEW_HISTORY),
            **(extra_context or {}),
        }
        try:
            with transaction.atomic():
                answer = super().changeform_view(request, object_id, form_url, extra)
        except DomainError as error:
            request.refusal = error  # type: ignore[attr-defined]  # read by `get_form`
            answer = super().changeform_view(request, object_id, form_url, extra)
            answer.status_code = 422
        return answer

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the way to the record's own page."""
        obj = kwargs.get("obj")
        context["hub_page"] = self.page_of(obj) if obj is not None else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the ways in and out for many records at once."""
        principal = self.principal(request)
        links = []
        if self.hub_list:
            links.append((reverse(self.hub_list), _("Open in the hub")))
        if self.import_kind and principal.holds_anywhere(Permission.IMPORT):
            links.append((f"{reverse('import-new')}?kind={self.import_kind}", _("Import")))
        if self.export_list and principal.holds_anywhere(Permission.EXPORT):
            links += [
                (f"{reverse(self.export_list)}?format={kind}", kind.upper()) for kind in ("csv", "xlsx")
            ]
        extra = {"hub_links": links, "origin": self.origin, **(extra_context or {})}
        return super().changelist_view(request, extra)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed this record, when, why and through which request: the hub's own history."""
        principal = self.principal(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not principal.holds_anywhere(Permission.VIEW_HISTORY):
            raise PermissionDenied
        events = ChangeEvent.objects.none()
        if hasattr(obj, "public_id"):
            events = changes_in_scope(principal).filter(object_id=obj.public_id).order_by("-id")
        page = Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change history: %s") % obj,
            "module_name": capfirst(self.opts.verbose_name_plural),
            "object": obj,
            "opts": self.opts,
            "page": page,
            "events": tell(page.object_list),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask, then take away; a refusal is told on the record's page."""
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(
                reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
            )

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        raise Http404


class ReadOnlyAdmin(HubAdmin):
    """Records that only their own services, tasks or the people themselves write."""


class ReadOnlyFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]  # as above
    """Parts that are shown and never sent: what a post says about them is not even read."""

    new_objects = changed_objects = deleted_objects = ()

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(None, None, **kwargs)

    def is_valid(self) -> bool:
        """Nothing was said, so nothing is wrong."""
        return True


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]  # the stubs' generic is not subscriptable at run time
    """Parts of a record, to be read: the services of the record write them."""

    formset = ReadOnlyFormSet
    template = "admin/hub_inline.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the record sees its parts."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
