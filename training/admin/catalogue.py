"""Courses, and the curricula that ask for them."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.admin.texts import TextsForm, each_language, for_readers, texts_form
from coe.enums.roles import Permission, Role
from coe.forms.fields import LinesField
from coe.models import BusinessLine
from training.enums.training import CourseMode
from training.models import Course, CourseVersion, Curriculum, CurriculumItem, CurriculumRole
from training.selectors.versions import versions_visible_to
from training.services.courses import create_course, edit_course, retire_course
from training.services.curricula import Item, archive_curriculum, create_curriculum, edit_curriculum
from training.services.versions import draft_version


class ModesForm(TextsForm):
    """A course, its ways as boxes to tick."""

    modes = forms.MultipleChoiceField(
        label=_("Ways to take it"), choices=CourseMode.choices, widget=forms.CheckboxSelectMultiple
    )


class VersionInline(ReadOnlyInline):
    """The versions of a course, the newest first; each is edited on its own page."""

    model = CourseVersion
    show_change_link = True
    fields = ("number", "state", "published_at", "retired_at", "change_note")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Drafts are for those who write them."""
        seen = versions_visible_to(request.principal)  # type: ignore[attr-defined]  # set by middleware
        return super().get_queryset(request).filter(pk__in=seen)


@admin.register(Course)
class CourseAdmin(HubAdmin):
    """Courses: made, edited, retired. What is taught stands in their versions."""

    form = texts_form(Course, lines=("titles",), bodies=("summaries",), base=ModesForm)
    edit_permission = Permission.MANAGE_TRAINING
    hub_list = "course-list"
    inlines = (VersionInline,)
    list_display = ("code", "title", "validity_months", "owner", "reviewed_on", "retired_at")
    list_filter = (("retired_at", admin.EmptyFieldListFilter),)
    list_select_related = ("owner",)
    search_fields = ("code", "titles", "activity_id")
    autocomplete_fields = ("owner",)
    fields = (
        "code", *each_language("titles"), *each_language("summaries"), "owner", "modes", "validity_months", "renewal_days", "activity_id",
        "reviewed_on", "retired_at",
    )  # fmt: skip
    readers_see: ClassVar[Mapping[str, str]] = for_readers("titles", "summaries")
    actions = ("draft", "retire")

    @admin.display(description=_("title"))
    def title(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.title)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Course]":
        """The catalogue is common to all lines."""
        return Course.objects.order_by("code_key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once: imports and the API find the course by it."""
        return ("retired_at", "code") if obj else ("retired_at",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A course without an activity id gets a name of its own."""
        found = super().get_form(request, obj, change=change, **kwargs)
        if obj is None and "activity_id" in found.base_fields:
            found.base_fields["activity_id"].required = False
        return found

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_course(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_course(obj, changes=changes, **said)

    @deed(_("Open a draft of the next version"), right=Permission.MANAGE_TRAINING)
    def draft(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a course."""
        draft_version(obj, **said)

    @deed(_("Retire the chosen courses"), right=Permission.MANAGE_TRAINING)
    def retire(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a course."""
        retire_course(obj, **said)


class ItemsField(forms.CharField):
    """Courses of a curriculum, one a line: `FND 30`, or `CRISIS 60 after FND, AM`; they are told as they stand."""

    widget = forms.Textarea(attrs={"rows": 8, "cols": 60})
    form_of_a_line = re.compile(r"(?P<code>\S+)\s+(?P<days>\d{1,5})(?:\s+after\s+(?P<after>.+))?")

    def clean(self, value: Any) -> list[Item]:
        """The courses in their order (one query)."""
        found = []
        for number, text in enumerate(super().clean(value).splitlines(), start=1):
            match = self.form_of_a_line.fullmatch(text.strip())
            if match is None and text.strip():
                raise forms.ValidationError(
                    _("Line %(number)d: write a code and days, as “FND 30” or “CRISIS 60 after FND”."),
                    params={"number": number},
                )
            if match is not None:
                found.append(
                    (match["code"], int(match["days"]), re.findall(r"[^\s,]+", match["after"] or ""))
                )
        wanted = {code.casefold() for code, _days, after in found for code in (code, *after)}
        known = {course.code_key: course for course in Course.objects.filter(code_key__in=wanted)}
        if missing := sorted(wanted - known.keys()):
            raise forms.ValidationError(_("No course has the code %(code)s."), params={"code": missing[0]})
        return [
            Item(known[code.casefold()], days, tuple(known[one.casefold()] for one in after))
            for code, days, after in found
        ]


def told_items(curriculum: Curriculum) -> str:
    """The courses of a curriculum as `ItemsField` reads them (three queries)."""
    lines = []
    for item in curriculum.items.order_by("order").select_related("course").prefetch_related("after"):
        after = ", ".join(sorted(course.code for course in item.after.all()))
        lines.append(f"{item.course.code} {item.due_days}" + (f" after {after}" if after else ""))
    return "\n".join(lines)


class PartsForm(TextsForm):
    """A curriculum with its roles, lines and courses."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    lines = LinesField(BusinessLine.objects.all(), label=_("Only on lines"), required=False)
    items = ItemsField(
        label=_("Courses"),
        help_text=_("One a line: code, days until it is due, and what comes before: CRISIS 60 after FND, AM"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["roles"] = list(self.instance.roles.values_list("role", flat=True))
            self.initial["lines"] = list(self.instance.lines.order_by("code_key"))
            self.initial["items"] = told_items(self.instance)


class RoleInline(ReadOnlyInline):
    """The roles that need it."""

    model = CurriculumRole
    fields = ("role",)


class ItemInline(ReadOnlyInline):
    """Its courses in their order."""

    model = CurriculumItem
    fields = ("order", "course", "due_days")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """With the courses."""
        return super().get_queryset(request).select_related("course").order_by("order")


@admin.register(Curriculum)
class CurriculumAdmin(HubAdmin):
    """Curricula: made, edited, archived; enrolments follow."""

    form = texts_form(Curriculum, lines=("titles",), bodies=("summaries",), base=PartsForm)
    edit_permission = Permission.MANAGE_TRAINING
    hub_list, export_list = "curriculum-list", "coverage-export"
    list_display = ("code", "title", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter),)
    search_fields = ("code", "titles")
    fields = (
        "code",
        *each_language("titles"),
        *each_language("summaries"),
        "roles",
        "lines",
        "items",
        "archived_at",
    )
    readers_see: ClassVar[Mapping[str, str]] = {
        **for_readers("titles", "summaries"), "roles": "", "lines": "", "items": "",
    }  # fmt: skip
    actions = ("archive",)

    @admin.display(description=_("title"))
    def title(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.title)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Curriculum]":
        """Curricula are common to all lines."""
        return Curriculum.objects.order_by("code_key")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Who may not write reads the parts as tables."""
        return () if self.may_edit(request) else (RoleInline, ItemInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once."""
        return ("archived_at", "code") if obj else ("archived_at",)

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_curriculum(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_curriculum(obj, **changes, **said)

    @deed(
        _("Archive the chosen curricula and withdraw everybody from them"), right=Permission.MANAGE_TRAINING
    )
    def archive(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a curriculum."""
        archive_curriculum(obj, **said)
