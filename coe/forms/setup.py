"""Forms of what the hub is set up with: the organisation's settings, and tags."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import WordsField, zone_choices
from coe.models import Organisation, Tag, WorkingCalendar


class OrganisationForm(forms.Form):
    """Settings that belong to the company."""

    name = forms.CharField(label=_("Name"), max_length=120)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("A date means the end of that day in this zone.")
    )
    language = forms.ChoiceField(label=_("Default language"), choices=settings.LANGUAGES)
    corporate_domains = WordsField(
        label=_("Corporate mail domains"),
        required=False,
        help_text=_(
            "Domains whose mailboxes count as corporate, with commas between them, such as example.com."
        ),
    )
    dormancy_days = forms.IntegerField(
        label=_("Dormancy limit, days"),
        min_value=1,
        max_value=3650,
        help_text=_("An account that has not posted for longer counts as silent."),
    )
    open_scorecards = forms.BooleanField(
        label=_("Open scorecards"),
        required=False,
        help_text=_("Every line may read the scorecards of the others."),
    )
    calendar = forms.ModelChoiceField(
        WorkingCalendar.objects.none(),
        label=_("Working calendar"),
        required=False,
        empty_label=_("None: every hour counts"),
        help_text=_("For lines that have none of their own, nor above them."),
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, organisation: Organisation) -> None:
        names = (
            "name",
            "time_zone",
            "language",
            "corporate_domains",
            "dormancy_days",
            "open_scorecards",
            "revision",
        )
        initial = {name: getattr(organisation, name) for name in names}
        super().__init__(data, initial=initial | {"calendar": organisation.calendar_id})
        self.fields["time_zone"].choices = zone_choices()
        self.fields["calendar"].queryset = WorkingCalendar.objects.all()

    def changes(self) -> dict[str, Any]:
        """What differs from the settings as read."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.changed_data and name not in ("why", "revision")
        }


class TagNameForm(forms.Form):
    """Another name for a tag."""

    name = forms.CharField(label=_("Name"), max_length=60)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, tag: Tag) -> None:
        super().__init__(data, initial={"name": tag.name, "revision": tag.revision})


class TagMergeForm(forms.Form):
    """The tag that stays."""

    into = forms.ModelChoiceField(Tag.objects.none(), label=_("Merge into"), to_field_name="key")

    def __init__(self, data: Mapping[str, Any] | None = None, *, others: QuerySet[Tag]) -> None:
        super().__init__(data)
        self.fields["into"].queryset = others


class ViewNameForm(forms.Form):
    """Another name for a saved view."""

    name = forms.CharField(label=_("Name of the view"), max_length=80)
