"""Forms of the metric pages: what to look at, and what to aim at."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.intake.errors import IntakeError
from coe.intake.values import to_scaled
from coe.models import BusinessLine
from coe.services.reading import told_intake
from metrics.enums.dictionary import Level
from metrics.models import Metric

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MetricFilterForm(forms.Form):
    """What the dictionary may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    level = forms.ChoiceField(
        label=_("Level"), required=False, choices=[("", _("Any level")), *Level.choices]
    )
    reported = forms.ChoiceField(
        label=_("Reported"), required=False, choices=[("", _("All")), ("yes", _("With values only"))]
    )
    target = forms.ChoiceField(
        label=_("Target"), required=False, choices=[("", _("All")), ("ended", _("Ended, none follows"))]
    )

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SeriesForm(forms.Form):
    """Which line and span a series is drawn for."""

    line = forms.ModelChoiceField(
        BusinessLine.objects.none(),
        label=_("Line"),
        required=False,
        to_field_name="code",
        empty_label=_("All in scope"),
    )
    since = forms.DateField(label=_("From"), required=False, widget=_DAY)
    until = forms.DateField(label=_("Until"), required=False, widget=_DAY)
    step = forms.ChoiceField(
        label=_("By"), required=False, choices=[("", _("Day")), ("week", _("Week")), ("month", _("Month"))]
    )

    def __init__(self, *args: Any, lines: QuerySet[BusinessLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def span(self, last_on: date) -> tuple[date, date]:
        """First and last day; two years up to the newest value when nothing was asked for."""
        asked = self.criteria()
        until = asked.get("until") or last_on
        return asked.get("since") or until - timedelta(days=731), until


class TargetForm(forms.Form):
    """A value to reach in a period."""

    line = forms.ModelChoiceField(BusinessLine.objects.none(), label=_("Line"), to_field_name="code")
    period_start = forms.DateField(label=_("From"), widget=_DAY)
    period_end = forms.DateField(label=_("Until"), widget=_DAY)
    value = forms.CharField(label=_("Target"), max_length=30)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, lines: QuerySet[BusinessLine], metric: Metric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines
        self._metric = metric
        if metric.is_ratio:
            self.fields["value"].help_text = _("In percent.")

    def clean_value(self) -> int:
        """The target as the metric's scaled integer."""
        try:
            return to_scaled(self.cleaned_data["value"], self._metric.scale)
        except IntakeError as error:
            raise forms.ValidationError(told_intake(error)) from None


class TargetEndForm(forms.Form):
    """Why a target is taken away."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It stays with the target, among those of the past.")
    )
