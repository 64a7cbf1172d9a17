"""Organisation, lines, people and roles."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin
from coe.enums.roles import Permission, Role
from coe.models import BusinessLine, Organisation, RoleAssignment, Tag, User, WorkingCalendar
from coe.rules.roles import require_assign, require_manage_person
from coe.rules.scope import people_in_scope
from coe.services.calendars import create_calendar, edit_calendar
from coe.services.lines import create_line, edit_line, move_line
from coe.services.organisation import edit_organisation
from coe.services.people import assign_role, create_person, edit_person
from coe.services.second_factor import remove_second_factor
from coe.services.tags import create_tag, rename_tag


@admin.register(Organisation)
class OrganisationAdmin(HubAdmin):
    """The one row of settings."""

    edit_permission = Permission.ADMINISTER
    list_display = ("name", "time_zone", "language", "dormancy_days")
    fields = (
        "name",
        "time_zone",
        "language",
        "corporate_domains",
        "dormancy_days",
        "open_scorecards",
        "calendar",
    )

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        return edit_organisation(changes=changes, by=self.principal(request).actor, at=self.now())


@admin.register(BusinessLine)
class BusinessLineAdmin(HubAdmin):
    """Lines; archiving is done on the line's own page, which names what stands in the way."""

    scope_path = ""
    edit_permission = Permission.MANAGE_LINES
    list_display = ("code", "name", "kind", "parent", "status", "is_spoke")
    list_filter = ("kind", "status", "is_spoke")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)
    fields = (
        "code",
        "name",
        "kind",
        "parent",
        "is_spoke",
        "description",
        "time_zone",
        "calendar",
        "status",
        "public_id",
        "updated_at",
    )
    readonly_fields = ("status", "public_id", "updated_at")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        return create_line(**values, by=self.principal(request).actor, at=self.now())

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """The service that fits what changed: a new parent is a move."""
        by, at = self.principal(request).actor, self.now()
        if "parent" in changes:
            obj = move_line(obj, parent=changes.pop("parent"), by=by, at=at)
        return edit_line(obj, changes=changes, by=by, at=at) if changes else obj


@admin.register(User)
class UserAdmin(HubAdmin):
    """People. Passwords are set by the person through a reset link; roles are given below."""

    edit_permission = Permission.MANAGE_PEOPLE
    scope_path = ""
    list_display = ("email", "name", "job_title", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "name")
    fields = (
        "email", "name", "job_title", "language", "time_zone", "hub_fte_hundredths", "is_staff", "is_active", "joined_on", "left_on",
        "last_login", "public_id",
    )  # fmt: skip
    readonly_fields = ("is_active", "left_on", "last_login", "public_id")
    actions = ("take_second_factor",)

    def has_second_factor_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return Permission.ADMINISTER in self.principal(request).company_permissions

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """People in the caller's scope."""
        return people_in_scope(self.principal(request)).order_by("name", "email")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only an administrator lets people into the admin."""
        fixed = tuple(self.readonly_fields) + (("email",) if obj else ())
        return (
            fixed
            if Permission.ADMINISTER in self.principal(request).company_permissions
            else (*fixed, "is_staff")
        )

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        return create_person(**values, by=self.principal(request).actor, at=self.now())

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        at = self.now()
        require_manage_person(self.principal(request), obj, at)
        return edit_person(obj, changes=changes, by=self.principal(request).actor, at=at)

    @admin.action(description=_("Take the second factor away (phone lost)"), permissions=["second_factor"])
    def take_second_factor(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> None:
        """One service call for each chosen person; administrators only."""
        principal, at = self.principal(request), self.now()
        for person in queryset:
            taken = remove_second_factor(person, by=principal.actor, at=at)
            text = (
                _("%(name)s logs in with the password alone now.")
                if taken
                else _("%(name)s has no second factor.")
            )
            self.message_user(request, text % {"name": person})


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(HubAdmin):
    """Roles: given here, ended on the person's page."""

    edit_permission = Permission.ASSIGN_ROLES
    scope_path = "line"
    list_display = ("user", "role", "line", "valid_from", "valid_until")
    list_filter = ("role",)
    list_select_related = ("user", "line")
    search_fields = ("user__email", "user__name", "line__code")
    autocomplete_fields = ("user", "line")
    fields = ("user", "role", "line", "note")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        person, role, line = values.pop("user"), Role(values.pop("role")), values.pop("line", None)
        require_assign(self.principal(request), role, line.pk if line else None)
        return assign_role(
            person, role=role, line=line, by=self.principal(request).actor, at=self.now(), **values
        )


@admin.register(WorkingCalendar)
class WorkingCalendarAdmin(HubAdmin):
    """Working calendars; holidays are kept on the calendar's own page."""

    edit_permission = Permission.MANAGE_LINES
    list_display = ("code", "name", "time_zone")
    fields = ("code", "name", "time_zone", "hours")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once: imports and the API find the calendar by it."""
        return ("code",) if obj else ()

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        return create_calendar(**values, by=self.principal(request).actor, at=self.now())

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        return edit_calendar(obj, changes=changes, by=self.principal(request).actor, at=self.now())


@admin.register(Tag)
class TagAdmin(HubAdmin):
    """Tags, as people use them; merged and removed on their own pages."""

    edit_permission = Permission.MANAGE_LINES
    list_display = ("name", "key")
    search_fields = ("name",)
    fields = ("name",)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> models.Model:
        """One service call."""
        return create_tag(**values, by=self.principal(request).actor, at=self.now())

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any]) -> models.Model:
        """One service call."""
        return rename_tag(obj, name=changes["name"], by=self.principal(request).actor, at=self.now())
