"""Admin of access."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from coe.admin.base import HubAdmin, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from governance.enums.access import RevokeCause
from governance.models import AccessGrant, AccessRule, PolicyCourse
from governance.selectors.access import grants_visible_to
from governance.services.access_rules import end_rule, make_rule
from governance.services.grants import ask_back
from governance.services.policy_courses import stop_teaching, teach_policy


@admin.register(AccessGrant)
class GrantAdmin(HubAdmin):
    """Grants: given on the account's page, where the rules ask for a second person; asked back here, too."""

    edit_permission = Permission.GRANT_ACCESS
    origin = gettext_lazy("Access is given and confirmed on the page of its account.")
    hub_list, export_list = "access-list", "access-export"
    list_display = ("person", "account", "level", "state", "granted_by", "review_due_at", "revoke_due_at")
    list_filter = ("state", "level", "basis", "revoke_cause")
    list_select_related = ("person", "account", "granted_by")
    search_fields = ("person__email", "person__name", "account__handle")
    fields = (
        "person", "account", "level", "state", "why", "requested_by", "requested_at", "granted_by", "granted_at", "basis", "certificate",
        "exception", "valid_until", "review_due_at", "reviewed_at", "revoke_cause", "revoke_asked_at", "revoke_due_at", "revoked_at",
        "revoked_by", "end_note",
    )  # fmt: skip
    actions = ("take_back",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Grants the caller sees."""
        return grants_visible_to(self.principal(request)).order_by("-requested_at", "-id")

    @deed(gettext_lazy("Ask the chosen access back"), right=Permission.GRANT_ACCESS, needs_why=True)
    def take_back(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a grant."""
        ask_back([obj], cause=RevokeCause.ASKED, by=said["by"], at=said["at"], note=said["why"])


@admin.register(AccessRule)
class RuleAdmin(HubAdmin):
    """Which course a level of access needs."""

    edit_permission = Permission.MANAGE_POLICIES
    list_display = ("level", "course", "platform", "tier", "ended_at")
    list_filter = ("level", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("course", "platform")
    search_fields = ("course__code",)
    fields = ("level", "course", "platform", "tier")
    autocomplete_fields = ("course", "platform")
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """All of them: what access asks for is no secret."""
        return AccessRule.objects.order_by("level", "id")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return make_rule(**values, **said)

    @deed(gettext_lazy("End the chosen rules"), right=Permission.MANAGE_POLICIES)
    def end(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a rule."""
        end_rule(obj, **said)


@admin.register(PolicyCourse)
class PolicyCourseAdmin(HubAdmin):
    """Which course teaches which policy."""

    read_permission = edit_permission = Permission.MANAGE_POLICIES
    list_display = ("policy", "course", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    list_select_related = ("policy", "course")
    search_fields = ("policy__code", "course__code")
    fields = ("policy", "course")
    autocomplete_fields = ("course",)
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """All of them."""
        return PolicyCourse.objects.order_by("policy__code", "id")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return teach_policy(values.pop("policy"), **values, **said)

    @deed(gettext_lazy("End the chosen"), right=Permission.MANAGE_POLICIES)
    def end(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a row."""
        stop_teaching(obj, **said)
