"""Lines, people and their roles."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy as _

from coe.admin.base import HubAdmin, HubForm, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission, Role
from coe.forms.fields import WordsField
from coe.models import BusinessLine, RoleAssignment, User
from coe.rules.roles import require_assign, require_manage_person
from coe.rules.scope import lines_in_scope, people_in_scope, roles_in_scope
from coe.services.handing_over import leave_company
from coe.services.line_status import archive_line, restore_line
from coe.services.lines import create_line, edit_line, move_line
from coe.services.people import (
    assign_role,
    create_person,
    edit_person,
    end_role,
    end_role_on,
    reactivate_person,
)
from coe.services.second_factor import remove_second_factor


def words_of(obj: Any) -> list[str]:
    """The tags of a record as words."""
    return [tag.name for tag in obj.tags.order_by("name")] if obj.pk else []


class LineForm(HubForm):
    """A line, its tags as words."""

    tags = WordsField(label=_("Tags"), required=False, help_text=_("Words with commas between them."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tags"] = words_of(self.instance)


@admin.register(BusinessLine)
class BusinessLineAdmin(HubAdmin):
    """Lines: made, edited, moved, archived and restored."""

    form = LineForm
    edit_permission = Permission.MANAGE_LINES
    hub_list, import_kind, export_list = "line-list", "lines", "line-export"
    list_display = ("code", "name", "kind", "parent", "status", "is_spoke")
    list_filter = ("kind", "status", "is_spoke")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)
    fields = (
        "code", "name", "kind", "parent", "is_spoke", "description", "tags", "time_zone", "calendar", "status", "public_id", "updated_at",
    )  # fmt: skip
    readonly_fields = ("status", "public_id", "updated_at")
    readers_see: ClassVar[Mapping[str, str]] = {"tags": ""}
    actions = ("archive", "restore")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Lines in the caller's scope."""
        return lines_in_scope(self.principal(request)).order_by("code_key")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_line(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """The service that fits what changed: a new parent is a move."""
        if "parent" in changes:
            obj = move_line(obj, parent=changes.pop("parent"), **said)
            said = {**said, "expected_revision": None}
        return edit_line(obj, changes=changes, **said) if changes else obj

    @deed(_("Archive the chosen lines"), right=Permission.MANAGE_LINES)
    def archive(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a line."""
        archive_line(obj, **said)

    @deed(_("Restore the chosen lines"), right=Permission.MANAGE_LINES)
    def restore(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a line."""
        restore_line(obj, **said)


class RoleInline(ReadOnlyInline):
    """The roles a person holds and held; given and ended under “roles”."""

    model = RoleAssignment
    fk_name = "user"
    fields = ("role", "line", "valid_from", "valid_until", "note")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Roles in the caller's scope."""
        principal: Any = request.principal  # type: ignore[attr-defined]  # set by middleware
        return roles_in_scope(principal).select_related("line").order_by("-valid_from", "-id")


@admin.register(User)
class UserAdmin(HubAdmin):
    """People. Passwords are set by the person through a reset link; roles are given under “roles”."""

    edit_permission = Permission.MANAGE_PEOPLE
    hub_list, import_kind, export_list = "person-list", "people", "people-export"
    inlines = (RoleInline,)
    list_display = ("email", "name", "job_title", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email", "name")
    fields = (
        "email", "name", "job_title", "language", "time_zone", "hub_fte_hundredths", "is_staff", "is_active", "joined_on", "left_on",
        "last_login", "public_id",
    )  # fmt: skip
    readonly_fields = ("is_active", "left_on", "last_login", "public_id")
    actions = ("deactivate", "reactivate", "take_second_factor")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """People in the caller's scope."""
        return people_in_scope(self.principal(request)).order_by("name", "email")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only an administrator lets people into the admin."""
        fixed = tuple(self.readonly_fields) + (("email",) if obj else ())
        is_administrator = Permission.ADMINISTER in self.principal(request).company_permissions
        return fixed if is_administrator else (*fixed, "is_staff")

    def page_of(self, obj: Any) -> str:
        """The person's page."""
        return f"/people/{obj.public_id}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_person(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        require_manage_person(self.principal(request), obj, said["at"])
        return edit_person(obj, changes=changes, **said)

    @deed(_("Close the log-in of the chosen people and end their roles"), right=Permission.MANAGE_PEOPLE)
    def deactivate(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a person."""
        require_manage_person(self.principal(request), obj, said["at"])
        leave_company(obj, **said)

    @deed(_("Open the log-in of the chosen people again"), right=Permission.MANAGE_PEOPLE)
    def reactivate(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a person."""
        require_manage_person(self.principal(request), obj, said["at"])
        reactivate_person(obj, **said)

    @deed(_("Take the second factor away (phone lost)"), right=Permission.ADMINISTER)
    def take_second_factor(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a person; administrators only."""
        taken = remove_second_factor(obj, **said)
        text = (
            gettext("%(name)s logs in with the password alone now.")
            if taken
            else gettext("%(name)s has no second factor.")
        )
        messages.info(request, text % {"name": obj})


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(HubAdmin):
    """Roles: given and ended; who held what stays."""

    edit_permission = Permission.ASSIGN_ROLES
    hub_list, import_kind, export_list = "person-list", "people", "people-export"
    list_display = ("user", "role", "line", "valid_from", "valid_until")
    list_filter = ("role",)
    list_select_related = ("user", "line")
    search_fields = ("user__email", "user__name", "line__code")
    autocomplete_fields = ("user", "line")
    fields = ("user", "role", "line", "valid_from", "valid_until", "note")
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Roles in the caller's scope."""
        # Said here: a queryset that follows one relation already is not widened by `list_select_related`.
        return (
            roles_in_scope(self.principal(request))
            .select_related("user", "line")
            .order_by("-valid_from", "-id")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Once given, only its end moves; another role is another row."""
        return ("user", "role", "line", "valid_from", "note") if obj else ()

    def page_of(self, obj: Any) -> str:
        """The page of the person who holds it."""
        return f"/people/{obj.user.public_id}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        person, role, line = values.pop("user"), Role(values.pop("role")), values.pop("line", None)
        require_assign(self.principal(request), role, line.pk if line else None)
        return assign_role(person, role=role, line=line, **values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        require_assign(self.principal(request), Role(obj.role), obj.line_id)
        told = {name: said[name] for name in ("by", "at", "why")}
        return end_role_on(obj, until=changes["valid_until"], **told)

    @deed(_("End the chosen roles now"), right=Permission.ASSIGN_ROLES)
    def end(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a role."""
        require_assign(self.principal(request), Role(obj.role), obj.line_id)
        end_role(obj, **said)
