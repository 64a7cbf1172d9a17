"""The Django admin of the metrics floor: read-only where a run, an import or a publication writes; targets through their service."""

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from coe.admin.base import ReadOnlyAdmin
from coe.rules.scope import accounts_in_scope, lines_in_scope
from metrics.models import MaturityRun, Metric, Observation, RubricVersion, Target, TargetStage


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin):
    """The dictionary, common to all lines."""

    list_display = ("code", "label", "unit", "level", "aggregation", "subject", "is_active", "owner")
    list_filter = ("level", "aggregation", "subject", "is_active")
    list_select_related = ("owner",)
    search_fields = ("code",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Metric]":
        """Every entry."""
        return Metric.objects.order_by("code")


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    """Values of the caller's lines and accounts."""

    list_display = (
        "on",
        "metric",
        "account",
        "line",
        "value",
        "numerator",
        "denominator",
        "source",
        "observed_at",
    )
    list_select_related = ("metric", "account", "line")
    list_filter = ("source",)
    fields = ("metric", "account", "line", "on", "value", "numerator", "denominator", "source", "observed_at")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Observation]":
        """Rows in scope."""
        principal = self.principal(request)
        rows = Observation.objects.order_by("-id")
        if principal.sees_all:
            return rows
        return rows.filter(
            Q(account_id__in=accounts_in_scope(principal).values("pk"))
            | Q(line_id__in=lines_in_scope(principal).values("pk"))
        )


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    """Targets of the caller's lines."""

    scope_path = "line"
    list_display = ("line", "metric", "period_start", "period_end", "value", "reason")
    list_select_related = ("line", "metric")


@admin.register(TargetStage)
class TargetStageAdmin(ReadOnlyAdmin):
    """Target stages of the caller's lines."""

    scope_path = "line"
    list_display = ("line", "rubric_code", "dimension", "level", "reason", "due_on")
    list_select_related = ("line",)


@admin.register(RubricVersion)
class RubricVersionAdmin(ReadOnlyAdmin):
    """Rubrics: loaded and published by `manage.py rubric`."""

    list_display = ("code", "version", "state", "is_current", "published_at")
    list_filter = ("code", "state")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[RubricVersion]":
        """Every version: what scores rest on is open to all."""
        return RubricVersion.objects.order_by("code", "-id")


@admin.register(MaturityRun)
class MaturityRunAdmin(ReadOnlyAdmin):
    """Runs of the maturity engine."""

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
