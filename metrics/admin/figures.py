"""The metric dictionary, and the values it describes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyAdmin, Said
from coe.admin.deeds import deed
from coe.admin.texts import each_language, for_readers, texts_form
from coe.enums.roles import Permission
from coe.rules.scope import accounts_in_scope, lines_in_scope
from metrics.models import Metric, Observation
from metrics.services.dictionary import create_metric, edit_metric


@admin.register(Metric)
class MetricAdmin(HubAdmin):
    """The dictionary, common to all lines. A metric is taken out of use, never away: values stand on it."""

    form = texts_form(Metric, lines=("labels", "unit_texts", "formula_texts"), bodies=("descriptions",))
    edit_permission = Permission.MANAGE_METRICS
    hub_list, export_list = "metric-list", "metric-list-export"
    list_display = ("code", "label", "unit_text", "level", "aggregation", "subject", "is_active", "owner")
    list_filter = ("level", "aggregation", "subject", "is_active", "is_builtin")
    list_select_related = ("owner",)
    search_fields = ("code", "labels")
    autocomplete_fields = ("owner",)
    fields = (
        "code", *each_language("labels"), *each_language("descriptions"), "unit", "unit_texts_fr", "direction", "level", "aggregation",
        "subject", "scale", "formula", "formula_texts_fr", "numerator_label", "denominator_label", "source", "owner", "is_active",
        "is_builtin",
    )  # fmt: skip
    readers_see: ClassVar[Mapping[str, str]] = {
        **for_readers("labels", "descriptions"),
        "unit_texts_fr": "unit_texts",
        "formula_texts_fr": "formula_texts",
    }
    actions = ("retire", "use")

    @admin.display(description=_("name"))
    def label(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.label)

    @admin.display(description=_("unit"), ordering="unit")
    def unit_text(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.unit_text)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Metric]":
        """Every entry."""
        return Metric.objects.order_by("code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is given once: imports and the API find the metric by it."""
        return ("is_builtin", "code") if obj else ("is_builtin",)

    def page_of(self, obj: Any) -> str:
        """The metric's page."""
        return f"/metrics/{obj.code}/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_metric(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_metric(obj, changes=changes, **said)

    @deed(_("Take the chosen metrics out of use"), right=Permission.MANAGE_METRICS)
    def retire(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a metric."""
        edit_metric(obj, changes={"is_active": False}, **said)

    @deed(_("Use the chosen metrics again"), right=Permission.MANAGE_METRICS)
    def use(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a metric."""
        edit_metric(obj, changes={"is_active": True}, **said)


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    """Values of the caller's lines and accounts."""

    origin = _(
        "Values come by import, by the API and from the pages of metrics; a value sent again corrects the old one."
    )
    hub_list, import_kind = "metric-list", "observations"
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
