"""Forms of discovery: report, judge, act, evidence, sweeps, and what lists may be narrowed by."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput, LineField, PersonField, offer_people
from coe.models import BusinessLine, Platform, User
from governance.enums.discovery import FindingKind, FindingState
from governance.models import DiscoverySweep

_KINDS = [choice for choice in FindingKind.choices if choice[0] != FindingKind.UNKNOWN]


def _platforms(empty: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Platform.objects.none(),
        label=_("Platform"),
        required=False,
        to_field_name="code",
        empty_label=empty,
    )


class FindingFilterForm(forms.Form):
    """What the list of findings may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    line = LineField(BusinessLine.objects.none(), label=_("Line"), required=False, empty_label=_("All lines"))
    platform = _platforms(_("All platforms"))
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Any kind")), *FindingKind.choices]
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("To act on")), ("any", _("All")), *FindingState.choices],
    )
    owner = forms.ChoiceField(
        label=_("Whose"), required=False, choices=[("", _("Anybody's")), ("mine", _("Mine"))]
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


class ReportForm(forms.Form):
    """An account that looks like ours and is not in the register."""

    url = forms.CharField(
        label=_("Address of the account"),
        max_length=500,
        help_text=_("Paste the URL of the profile. The hub reads platform and handle from it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    platform = _platforms(_("Read from the address"))
    display_name = forms.CharField(label=_("Name it shows"), required=False, max_length=200)
    description = forms.CharField(
        label=_("What did you see?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    line = LineField(BusinessLine.objects.none(), label=_("Line it concerns"), required=False)
    sweep = forms.ModelChoiceField(
        DiscoverySweep.objects.none(),
        label=_("Sweep"),
        required=False,
        to_field_name="public_id",
        empty_label=_("Found by chance"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        sweeps: QuerySet[DiscoverySweep],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["line"].empty_label = _("None in particular")
        self.fields["line"].offer(lines)
        self.fields["platform"].queryset = Platform.objects.order_by("name")
        self.fields["sweep"].queryset = sweeps
        self.stands_for = {"handle": "url"}

    def values(self) -> dict[str, Any]:
        """What the service takes: a bare handle needs its platform."""
        clean = dict(self.cleaned_data)
        if clean["platform"] is not None and "/" not in clean["url"]:
            clean["handle"] = clean.pop("url")
        return clean


class JudgeForm(forms.Form):
    """What a found account is, and why."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=_KINDS, widget=forms.RadioSelect)
    judgement = forms.CharField(
        label=_("What makes it so?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    line = LineField(BusinessLine.objects.none(), label=_("Line it concerns"), required=False)
    assignee = PersonField(label=_("Handled by"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["line"].empty_label = _("None in particular")
        self.fields["line"].offer(lines)
        offer_people(self, people)


class TakedownForm(forms.Form):
    """The platform was asked to take an account down."""

    reference = forms.CharField(
        label=_("Reference of the request"),
        required=False,
        max_length=160,
        help_text=_("As the platform gave it."),
    )
    ask_again_on = forms.DateField(label=_("Ask again on"), required=False, widget=DayInput)

    def ask_again_at(self) -> dt.datetime | None:
        """The morning of the day that was chosen, in the reader's zone."""
        day = self.cleaned_data["ask_again_on"]
        return timezone.make_aware(dt.datetime.combine(day, dt.time(9))) if day else None


class AdoptForm(forms.Form):
    """Take it into the register: as a new account of a line, or as one that is there."""

    line = LineField(BusinessLine.objects.none(), label=_("Line that takes it"), required=False)
    account = forms.CharField(
        label=_("Or the account it is"),
        required=False,
        max_length=200,
        help_text=_("The handle of an account of the register on the same platform."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, lines: QuerySet[BusinessLine], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["line"].empty_label = _("Choose a line")
        self.fields["line"].offer(lines)


class EvidenceForm(forms.Form):
    """A file, a link, a note."""

    file = forms.FileField(label=_("Picture or PDF"), required=False, help_text=_("At most 10 MB."))
    url = forms.CharField(label=_("Link"), required=False, max_length=500)
    text = forms.CharField(
        label=_("Note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )


class SweepForm(forms.Form):
    """A search over some platforms."""

    name = forms.CharField(label=_("Name"), max_length=160)
    method = forms.CharField(
        label=_("How do you search?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Names, spellings, languages, tools: so that the next sweep can be compared."),
    )
    platforms = forms.ModelMultipleChoiceField(
        Platform.objects.none(), label=_("Platforms"), required=False, to_field_name="code", help_text=_("None: all.")
    )  # fmt: skip
    line = LineField(BusinessLine.objects.none(), label=_("Line and below"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, lines: QuerySet[BusinessLine], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["line"].empty_label = _("The whole company")
        self.fields["line"].offer(lines)
        self.fields["platforms"].queryset = Platform.objects.order_by("name")
