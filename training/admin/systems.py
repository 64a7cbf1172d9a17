"""Learning systems: what they said, and whom and what they mean."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyAdmin, Said
from coe.enums.roles import Permission
from training.models import ActivityMatch, PersonMatch, Statement
from training.selectors.statements import matches_in_scope, statements_in_scope
from training.services.matching import match_activity, match_person, unmatch_activity, unmatch_person


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """xAPI statements of the caller's lines, as they came."""

    read_permission = Permission.RECORD_TRAINING
    origin = _(
        "Statements are kept as they came. Who and what they mean is said under known identifiers and activities."
    )
    hub_list = "match-list"
    list_display = ("stored_at", "line", "actor_value", "verb", "activity", "effect", "state", "note")
    list_filter = ("state", "effect", "stored_at")
    list_select_related = ("line",)
    search_fields = ("statement_id", "actor_value", "activity", "line__code")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Statement]":
        """Statements in scope."""
        return statements_in_scope(self.principal(request)).order_by("-stored_at", "-id")


@admin.register(PersonMatch)
class PersonMatchAdmin(HubAdmin):
    """Identifiers of people: said, and taken away, after which statements wait again."""

    read_permission = Permission.RECORD_TRAINING
    edit_permission = Permission.RECORD_TRAINING
    origin = _("A match is not changed: take it away, and say it anew.")
    hub_list = "match-list"
    list_display = ("kind", "value", "user")
    list_display_links = ("kind", "value")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("value", "user__email", "user__name")
    autocomplete_fields = ("user",)
    fields = ("kind", "value", "user")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PersonMatch]":
        """Identifiers of people in scope."""
        return matches_in_scope(self.principal(request)).order_by("kind", "value")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return match_person(**values, **said)[0]

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call."""
        unmatch_person(obj, **said)


@admin.register(ActivityMatch)
class ActivityMatchAdmin(HubAdmin):
    """Activities that are our courses: said, and taken away, after which statements wait again."""

    read_permission = Permission.MANAGE_TRAINING
    edit_permission = Permission.MANAGE_TRAINING
    origin = _("A match is not changed: take it away, and say it anew.")
    hub_list = "match-list"
    list_display = ("activity", "course")
    list_select_related = ("course",)
    search_fields = ("activity", "course__code")
    autocomplete_fields = ("course",)
    fields = ("activity", "course")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ActivityMatch]":
        """What is known of courses is common to all lines."""
        return ActivityMatch.objects.order_by("activity")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return match_activity(**values, **said)[0]

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call."""
        unmatch_activity(obj, **said)
