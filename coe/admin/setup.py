"""What the hub is set up with: the organisation, working calendars, tags."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.enums.roles import Permission
from coe.models import Holiday, Organisation, Tag, WorkingCalendar
from coe.services.calendars import create_calendar, edit_calendar, remove_calendar
from coe.services.organisation import edit_organisation
from coe.services.tags import create_tag, remove_tag, rename_tag


@admin.register(Organisation)
class OrganisationAdmin(HubAdmin):
    """The one row of settings."""

    edit_permission = Permission.ADMINISTER
    hub_list = "organisation"
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

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_organisation(changes=changes, **said)


class HolidayInline(ReadOnlyInline):
    """The days a calendar is closed."""

    model = Holiday
    fields = ("on", "name")


@admin.register(WorkingCalendar)
class WorkingCalendarAdmin(HubAdmin):
    """Working calendars; holidays are kept on the calendar's own page."""

    edit_permission = Permission.MANAGE_LINES
    hub_list = "calendar-list"
    inlines = (HolidayInline,)
    list_display = ("code", "name", "time_zone")
    search_fields = ("code", "name")
    fields = ("code", "name", "time_zone", "hours")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once: imports and the API find the calendar by it."""
        return ("code",) if obj else ()

    def page_of(self, obj: Any) -> str:
        """The calendar's page, with its holidays."""
        return f"/calendars/{obj.public_id}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_calendar(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_calendar(obj, changes=changes, **said)

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call; it refuses while a line works by the calendar."""
        remove_calendar(obj, **said)


@admin.register(Tag)
class TagAdmin(HubAdmin):
    """Tags, as people use them; two are merged on the tag's own page."""

    edit_permission = Permission.MANAGE_LINES
    hub_list = "tag-list"
    list_display = ("name", "key")
    search_fields = ("name",)
    fields = ("name",)

    def page_of(self, obj: Any) -> str:
        """The tag's page."""
        return f"/tags/{obj.public_id}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_tag(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return rename_tag(obj, name=changes["name"], **said)

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call; what carried the tag stays."""
        remove_tag(obj, **said)
