"""Rubrics, and what the engine made of them: runs, readings, verdicts, stages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, HubForm, ReadOnlyAdmin, Said
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from metrics.models import IndicatorReading, MaturityRun, RubricVersion, StageRow, VerdictRow
from metrics.services.rubrics import load_rubric_version, publish_rubric

ENGINE = _(
    "Written by the maturity engine. What it rests on is changed in the register, by imports and in the rubric."
)
NOW = ("known_until", admin.EmptyFieldListFilter)


class RubricForm(HubForm):
    """A rubric as its document; the same version again replaces the draft."""

    text = forms.CharField(
        label=_("Document"),
        widget=forms.Textarea(attrs={"rows": 30, "cols": 100, "class": "vLargeTextField"}),
        help_text=_("YAML or JSON, as the files that ship. A version that is there as a draft is replaced."),
    )


@admin.register(RubricVersion)
class RubricVersionAdmin(HubAdmin):
    """Rubrics: loaded as drafts, published for good."""

    form = RubricForm
    edit_permission = Permission.MANAGE_RUBRIC
    hub_list = "rubric-list"
    origin = _("A version never changes once it is published: load the document under a new version number.")
    list_display = ("code", "version", "state", "is_current", "published_at")
    list_filter = ("code", "state", "is_current")
    list_display_links = ("code", "version")
    search_fields = ("code", "version")
    actions = ("publish",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[RubricVersion]":
        """Every version: what scores rest on is open to all."""
        return RubricVersion.objects.order_by("code", "-id")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The document is asked for; what it says is told."""
        told = (
            "code",
            "version",
            "title",
            "state",
            "is_current",
            "published_at",
            "published_by",
            "sha256",
            "document",
        )
        return told if obj or not self.may_edit(request) else ("text",)

    def page_of(self, obj: Any) -> str:
        """The rubric's page."""
        return f"/rubrics/{obj.public_id}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return load_rubric_version(values["text"], **said)

    @deed(_("Publish the chosen rubric and judge every line by it"), right=Permission.MANAGE_RUBRIC)
    def publish(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a rubric."""
        publish_rubric(obj, **said)


@admin.register(MaturityRun)
class MaturityRunAdmin(ReadOnlyAdmin):
    """Runs of the maturity engine."""

    origin = _("Runs are started on the page of runs, by the API, and every night.")
    hub_list = "run-list"
    list_display = (
        "created_at",
        "kind",
        "state",
        "as_of",
        "lines",
        "changed",
        "chunks_done",
        "chunks_total",
        "requested_by_label",
    )
    list_filter = ("kind", "state")


@admin.register(IndicatorReading)
class ReadingAdmin(ReadOnlyAdmin):
    """What indicators measured, as it was known and when."""

    scope_path = "line"
    origin = ENGINE
    list_display = (
        "indicator",
        "line",
        "numerator",
        "denominator",
        "records",
        "state",
        "known_from",
        "known_until",
    )
    list_filter = ("state", NOW)
    list_select_related = ("line",)
    search_fields = ("indicator", "line__code")
    ordering = ("-id",)


@admin.register(VerdictRow)
class VerdictAdmin(ReadOnlyAdmin):
    """Verdicts on criteria, as they were known and when."""

    scope_path = "line"
    origin = ENGINE
    list_display = (
        "criterion",
        "line",
        "rubric",
        "verdict",
        "numerator",
        "denominator",
        "reason",
        "known_from",
        "known_until",
    )
    list_filter = ("verdict", NOW)
    list_select_related = ("line", "rubric")
    search_fields = ("criterion", "line__code")
    ordering = ("-id",)


@admin.register(StageRow)
class StageAdmin(ReadOnlyAdmin):
    """Stages of dimensions and of the whole, as they were known and when."""

    scope_path = "line"
    origin = ENGINE
    list_display = (
        "line",
        "rubric",
        "dimension",
        "standing",
        "level_index",
        "score_tenths",
        "known_from",
        "known_until",
    )
    list_filter = ("standing", NOW)
    list_select_related = ("line", "rubric")
    search_fields = ("line__code", "dimension")
    ordering = ("-id",)
