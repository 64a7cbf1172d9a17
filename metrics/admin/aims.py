"""What lines aim at: values of metrics, and stages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, HubForm, Said
from coe.enums.roles import Permission
from coe.forms.fields import DayInput
from coe.intake.errors import IntakeError
from coe.intake.values import to_scaled
from coe.services.reading import told_intake
from metrics.models import Metric, RubricVersion, Target, TargetStage
from metrics.selectors.observations import unscaled
from metrics.services.target_stages import remove_target_stage, set_target_stage
from metrics.services.targets import remove_target, set_target


class TargetForm(HubForm):
    """A target as people write it: the number itself, not the stored integer."""

    value = forms.CharField(label=_("Target"), max_length=30, help_text=_("In the metric's own unit."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["value"] = f"{unscaled(self.instance.value, self.instance.metric.scale):f}"

    def clean_value(self) -> int | str:
        """The target as the metric's scaled integer."""
        metric: Metric | None = self.cleaned_data.get("metric") or getattr(self.instance, "metric", None)
        if metric is None:
            return ""
        try:
            return to_scaled(self.cleaned_data["value"], metric.scale)
        except IntakeError as error:
            raise forms.ValidationError(told_intake(error)) from None


@admin.register(Target)
class TargetAdmin(HubAdmin):
    """Targets of the caller's lines: one for each line, metric and start of a period."""

    form = TargetForm
    scope_path = "line"
    edit_permission = Permission.SET_TARGETS
    hub_list = "metric-list"
    list_display = ("line", "metric", "period_start", "period_end", "goal", "reason")
    list_filter = ("period_start",)
    list_select_related = ("line", "metric")
    search_fields = ("line__code", "line__name", "metric__code")
    autocomplete_fields = ("line", "metric")
    fields = ("line", "metric", "period_start", "period_end", "value", "reason")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Those that stand."""
        return super().get_queryset(request).filter(archived_at__isnull=True)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Another line, metric or start is another target."""
        return ("line", "metric", "period_start") if obj else ()

    def page_of(self, obj: Any) -> str:
        """The page of the metric."""
        return f"/metrics/{obj.metric.code}/"

    @admin.display(description=_("target"))
    def goal(self, target: Target) -> str:
        """The number people mean."""
        return f"{unscaled(target.value, target.metric.scale):f}"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return set_target(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        kept = ("line", "metric", "period_start", "period_end", "value", "reason")
        return set_target(**{name: getattr(obj, name) for name in kept} | changes, **said)

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call; its history stays."""
        remove_target(obj, **said)


class TargetStageForm(HubForm):
    """A stage to aim at, in a version of a rubric; it holds for every version."""

    rubric = forms.ModelChoiceField(RubricVersion.objects.order_by("code", "-id"), label=_("Rubric"))
    due_on = forms.DateField(label=_("By"), required=False, widget=DayInput)


@admin.register(TargetStage)
class TargetStageAdmin(HubAdmin):
    """Target stages of the caller's lines."""

    form = TargetStageForm
    scope_path = "line"
    edit_permission = Permission.SET_TARGETS
    hub_list = "line-list"
    list_display = ("line", "rubric_code", "dimension", "level", "reason", "due_on")
    list_filter = ("rubric_code", "dimension", "level")
    list_select_related = ("line",)
    search_fields = ("line__code", "line__name", "reason")
    autocomplete_fields = ("line",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A new one names a version to check it by; the row keeps the rubric's code."""
        return ("line", "rubric_code" if obj else "rubric", "dimension", "level", "reason", "due_on")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Another line, rubric or dimension is another aim."""
        return ("line", "rubric_code", "dimension") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Only a new one is asked for its rubric."""
        found = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            found.base_fields.pop("rubric", None)
        return found

    def page_of(self, obj: Any) -> str:
        """The page of the line's targets."""
        return f"/lines/{obj.line.code}/targets/"

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return set_target_stage(**{"dimension": "", **values}, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call; the newest published version of the rubric says which stages there are."""
        versions = RubricVersion.objects.filter(code=obj.rubric_code)
        rubric = versions.filter(published_at__isnull=False).last() or versions.last()
        kept = ("line", "dimension", "level", "reason", "due_on")
        return set_target_stage(
            **{name: getattr(obj, name) for name in kept} | changes, rubric=rubric, **said
        )

    def remove(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call; its history stays."""
        remove_target_stage(obj, **said)
