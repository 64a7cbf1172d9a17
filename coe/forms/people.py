"""Forms of people: create, edit, roles; and the reader's own profile."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.enums.work import Theme
from coe.forms.fields import DayInput, LineField, zone_choices
from coe.models import BusinessLine, User
from coe.registries import mail_kinds


class PersonFilterForm(forms.Form):
    """What the list of people may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    line = LineField(
        BusinessLine.objects.none(),
        label=_("Line"),
        required=False,
        to_field_name="code",
        empty_label=_("All lines"),
    )
    role = forms.ChoiceField(label=_("Role"), required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Here")), ("left", _("Left")), ("any", _("All"))]
    )

    def __init__(
        self, data: Mapping[str, Any], *, lines: QuerySet[BusinessLine], is_shown: bool = True
    ) -> None:
        super().__init__(data)
        self.fields["line"].offer(lines, is_shown=is_shown)
        self.fields["role"].choices = [("", _("Any role")), *Role.choices]

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class PersonForm(forms.Form):
    """A person of the company."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=150)
    job_title = forms.CharField(label=_("Job title"), required=False, max_length=150)
    language = forms.ChoiceField(label=_("Language"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    hub_fte_hundredths = forms.IntegerField(
        label=_("Hub allocation, hundredths of an FTE"),
        min_value=0,
        max_value=100,
        initial=0,
        help_text=_("100 is a full-time post in the hub."),
    )
    joined_on = forms.DateField(label=_("Joined on"), required=False, widget=DayInput)
    why = forms.CharField(label=_("Why"), required=False, max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, person: User | None = None) -> None:
        names = (
            "email",
            "name",
            "job_title",
            "language",
            "time_zone",
            "hub_fte_hundredths",
            "joined_on",
            "revision",
        )
        super().__init__(
            data,
            initial={name: getattr(person, name) for name in names}
            if person
            else {"time_zone": "UTC", "language": "en"},
        )
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["time_zone"].choices = zone_choices()

    def values(self) -> dict[str, Any]:
        """Everything, for a new person."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("why", "revision")}

    def changes(self) -> dict[str, Any]:
        """What differs from the person as read."""
        return {name: value for name, value in self.values().items() if name in self.changed_data}


class RoleForm(forms.Form):
    """A role for a person, on a line or for the whole company."""

    role = forms.ChoiceField(label=_("Role"))
    line = LineField(
        BusinessLine.objects.none(), label=_("Line"), required=False, empty_label=_("Whole company"),
        help_text=_("Line roles need a line and hold on every line below it."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, roles: Iterable[Role], lines: QuerySet[BusinessLine]
    ) -> None:
        super().__init__(data)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self.fields["line"].queryset = lines


class ProfileForm(forms.Form):
    """What a person sets for themselves."""

    name = forms.CharField(label=_("Name"), max_length=150)
    job_title = forms.CharField(label=_("Job title"), required=False, max_length=150)
    language = forms.ChoiceField(label=_("Language"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    mail = forms.MultipleChoiceField(
        label=_("E-mails I want"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Notices in the hub come in any case."),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, *, person: User) -> None:
        wanted = [kind for kind in mail_kinds if kind not in person.muted_mail]
        known = {name: getattr(person, name) for name in self.base_fields if name != "mail"}
        super().__init__(data, initial={**known, "mail": wanted})
        self.fields["mail"].choices = mail_kinds.items()
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["time_zone"].choices = zone_choices()

    def changes(self) -> dict[str, Any]:
        """What differs from the profile as read."""
        found = {name: self.cleaned_data[name] for name in self.changed_data if name != "mail"}
        if "mail" in self.changed_data:
            found["muted_mail"] = [kind for kind in mail_kinds if kind not in self.cleaned_data["mail"]]
        return found
