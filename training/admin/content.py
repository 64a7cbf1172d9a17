"""What a course teaches: versions, and the lessons and questions of a draft."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.admin.texts import TextsForm, each_language, for_readers, texts_form
from coe.enums.roles import Permission
from training.enums.training import VersionState
from training.models import CourseVersion, Lesson, Question
from training.selectors.versions import versions_visible_to
from training.services.versions import discard_draft, draft_version, edit_version, publish_version

FIXED = _(
    "A version that was published never changes: open a draft of the next one from the list of courses."
)
LESSON = ("key", "titles", "bodies")
QUESTION = ("key", "kind", "texts", "choices", "correct", "explanations")


class LessonInline(ReadOnlyInline):
    """The lessons, each edited on its own page."""

    model = Lesson
    show_change_link = True
    fields = ("order", "key", "title")

    @admin.display(description=_("title"))
    def title(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.title)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """In their order."""
        return super().get_queryset(request).order_by("order")


class QuestionInline(ReadOnlyInline):
    """The bank of questions, each edited on its own page."""

    model = Question
    show_change_link = True
    fields = ("order", "key", "kind")


@admin.register(CourseVersion)
class CourseVersionAdmin(HubAdmin):
    """Versions: opened as drafts, edited, published for good."""

    edit_permission = Permission.MANAGE_TRAINING
    origin = FIXED
    hub_list = "course-list"
    list_display = (
        "course",
        "number",
        "state",
        "duration_minutes",
        "pass_mark",
        "drawn",
        "published_at",
        "retired_at",
    )
    list_filter = ("state",)
    list_select_related = ("course",)
    search_fields = ("course__code", "course__titles")
    autocomplete_fields = ("course",)
    actions = ("publish",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[CourseVersion]":
        """What courses teach is common to all lines; drafts are for those who write them."""
        return versions_visible_to(self.principal(request)).order_by("course__code_key", "-number")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The questions are for those who write them."""
        if obj is None:
            return ()
        return (LessonInline, QuestionInline) if self.may_edit(request) else (LessonInline,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A draft copies the newest version; then it is edited."""
        settings = (
            "objectives",
            "duration_minutes",
            "pass_mark",
            "drawn",
            "attempts_allowed",
            "is_shuffled",
            "change_note",
        )
        return ("course", "number", "state", *settings, "published_at", "retired_at") if obj else ("course",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What the services set."""
        return ("course", "number", "state", "published_at", "retired_at") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only drafts."""
        return (
            super().has_change_permission(request, obj)
            and getattr(obj, "state", VersionState.DRAFT) == VersionState.DRAFT
        )

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only drafts."""
        return (
            super().has_delete_permission(request, obj)
            and getattr(obj, "state", VersionState.DRAFT) == VersionState.DRAFT
        )

    def page_of(self, obj: Any) -> str:
        """The course's page."""
        return str(obj.course.get_absolute_url())

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return draft_version(values["course"], **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_version(obj, changes=changes, **said)

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call."""
        discard_draft(obj, **said)

    @deed(_("Publish the chosen drafts"), right=Permission.MANAGE_TRAINING)
    def publish(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a version."""
        publish_version(obj, **said)


class PartForm(TextsForm):
    """A part of a draft. What may have changed meanwhile is the draft, so its revision is the one that counts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["expected_revision"] = self.instance.version.revision


class PartAdmin(HubAdmin):
    """Lessons or questions: parts of a draft, which its one service writes as a whole."""

    edit_permission = Permission.MANAGE_TRAINING
    origin = FIXED
    hub_list = "course-list"
    list_filter = ("version__state",)
    list_select_related = ("version__course",)
    search_fields = ("key", "version__course__code")
    autocomplete_fields = ("version",)
    part: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """By course, the newest version first, with it; those of drafts are for those who write them."""
        seen = versions_visible_to(self.principal(request))
        rows = self.model._default_manager.filter(version__in=seen).select_related("version__course")
        return rows.order_by("version__course__code_key", "-version__number", "order")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A part stays in its version, at its place."""
        return ("version", "order") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new part comes last."""
        return self.fields if obj else tuple(name for name in self.fields if name != "order")

    def _is_draft(self, obj: Any) -> bool:
        return obj is None or obj.version.state == VersionState.DRAFT

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only in drafts."""
        return super().has_change_permission(request, obj) and self._is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only in drafts."""
        return super().has_delete_permission(request, obj) and self._is_draft(obj)

    def page_of(self, obj: Any) -> str:
        """The course's page."""
        return str(obj.version.course.get_absolute_url())

    def _parts(self, version: CourseVersion) -> list[dict[str, Any]]:
        rows = self.model._default_manager.filter(version=version).order_by("order")
        return [{"pk": row.pk, **{name: getattr(row, name) for name in self.columns}} for row in rows]

    def _write(self, version: CourseVersion, parts: list[dict[str, Any]], said: Said) -> None:
        edit_version(version, changes={}, **{self.part: parts}, **said)

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call: the parts there are, and this one."""
        version = values.pop("version")
        self._write(version, [*self._parts(version), values], said)
        return self.model._default_manager.get(version=version, key=values["key"])

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call: the parts as they are, this one changed."""
        parts = [part | (changes if part["pk"] == obj.pk else {}) for part in self._parts(obj.version)]
        self._write(obj.version, parts, said)
        return self.model._default_manager.get(version=obj.version, key=changes.get("key", obj.key))

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call: the parts without this one."""
        self._write(obj.version, [part for part in self._parts(obj.version) if part["pk"] != obj.pk], said)


@admin.register(Lesson)
class LessonAdmin(PartAdmin):
    """Lessons, in Markdown."""

    form = texts_form(Lesson, lines=("titles",), bodies=("bodies",), base=PartForm)
    part, columns = "lessons", LESSON
    list_display = ("title", "version", "order", "key")
    fields = ("version", "order", "key", *each_language("titles"), *each_language("bodies"))
    readers_see: ClassVar[Mapping[str, str]] = for_readers("titles", "bodies")

    @admin.display(description=_("title"))
    def title(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.title)


@admin.register(Question)
class QuestionAdmin(PartAdmin):
    """Questions of a bank, with their right answers: for those who write courses, and nobody else."""

    form = texts_form(Question, bodies=("texts", "explanations"), base=PartForm)
    read_permission = Permission.MANAGE_TRAINING
    part, columns = "questions", QUESTION
    list_display = ("key", "version", "order", "kind")
    fields = (
        "version", "order", "key", "kind", *each_language("texts"), "choices", "correct", *each_language("explanations"),
    )  # fmt: skip
    readers_see: ClassVar[Mapping[str, str]] = for_readers("texts", "explanations")
