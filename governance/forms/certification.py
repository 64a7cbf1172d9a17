"""Forms of certification: certify, look at the platform, narrow the queue, plan a campaign."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import AccountTier
from coe.forms.fields import DayInput, LineField
from coe.models import BusinessLine, Platform
from governance.enums.certification import CheckKind, CheckOutcome, Question, Standing


class CertifyForm(forms.Form):
    """The questions, each to be confirmed, and the revisions that were read."""

    custody_revision = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for question in Question:
            self.fields[question.value] = forms.BooleanField(
                label=question.label,
                error_messages={"required": _("Confirm it, or put it right first.")},
            )
        self.fields["note"] = forms.CharField(
            label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
        )

    def answers(self) -> dict[str, bool]:
        """Question → confirmed."""
        return {question.value: self.cleaned_data[question.value] for question in Question}


class CheckForm(forms.Form):
    """What somebody saw on the platform itself."""

    kind = forms.ChoiceField(label=_("What did you look at?"), choices=CheckKind.choices)
    outcome = forms.ChoiceField(label=_("What did you find?"), choices=CheckOutcome.choices)
    checked_on = forms.DateField(label=_("Looked at on"), widget=DayInput)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        help_text=_("Needed when something is not as recorded."),
    )


class CertificationFilterForm(forms.Form):
    """What the queue of certifications may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    line = LineField(BusinessLine.objects.none(), label=_("Line"), required=False, empty_label=_("All lines"))
    platform = forms.ModelChoiceField(
        Platform.objects.none(), label=_("Platform"), required=False, to_field_name="code", empty_label=_("All platforms")
    )  # fmt: skip
    tier = forms.TypedChoiceField(
        label=_("Tier"), required=False, coerce=int, choices=[("", _("Any tier")), *AccountTier.choices]
    )
    standing = forms.ChoiceField(
        label=_("Standing"),
        required=False,
        choices=[("", _("To certify")), ("any", _("All")), *Standing.choices],
    )
    owner = forms.ChoiceField(
        label=_("Owner"), required=False, choices=[("", _("Anybody")), ("mine", _("Mine"))]
    )

    def __init__(
        self, data: Mapping[str, Any], *, lines: QuerySet[BusinessLine], is_shown: bool = True
    ) -> None:
        super().__init__(data)
        self.fields["line"].offer(lines, is_shown=is_shown)
        self.fields["platform"].queryset = Platform.objects.order_by("name")

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class CampaignForm(forms.Form):
    """A campaign: whose accounts, and by when."""

    name = forms.CharField(label=_("Name"), max_length=160)
    line = LineField(BusinessLine.objects.none(), label=_("Line and below"), required=False)
    platform = forms.ModelChoiceField(
        Platform.objects.none(), label=_("Platform"), required=False, to_field_name="code", empty_label=_("All platforms")
    )  # fmt: skip
    tier = forms.TypedChoiceField(
        label=_("Tier"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Any tier")), *AccountTier.choices],
    )
    starts_on = forms.DateField(
        label=_("Starts on"), required=False, widget=DayInput, help_text=_("Empty: it starts now.")
    )
    due_on = forms.DateField(label=_("Due on"), widget=DayInput)
    why = forms.CharField(label=_("Why"), required=False, max_length=500)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        is_company: bool,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        # A campaign of the whole company is the hub's.
        self.fields["line"].empty_label = _("The whole company") if is_company else _("Choose a line")
        self.fields["line"].offer(lines)
        self.fields["line"].required = not is_company
        self.fields["platform"].queryset = Platform.objects.order_by("name")
        self.stands_for = {"starts_at": "starts_on", "due_at": "due_on"}

    def values(self) -> dict[str, Any]:
        """What the service takes: days begin and end in the reader's zone."""
        clean = self.cleaned_data
        first = clean["starts_on"]
        return {name: clean[name] for name in ("name", "line", "platform", "tier")} | {
            "starts_at": _instant(first, dt.time(0)) if first else None,
            "due_at": _instant(clean["due_on"], dt.time(23, 59)),
        }


def _instant(day: dt.date, clock: dt.time) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, clock))
