"""Forms of access: the filter of the list, and the request on an account's page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import LineField, PersonField
from coe.models import BusinessLine, User
from governance.enums.access import AccessLevel, GrantState
from governance.forms.exceptions import DayEndField


class GrantFilterForm(forms.Form):
    """What the list of access may be narrowed by."""

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
    level = forms.ChoiceField(
        label=_("Level"), required=False, choices=[("", _("Any level")), *AccessLevel.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Open")), ("any", _("All")), *GrantState.choices]
    )
    mine = forms.ChoiceField(
        label=_("Whose"), required=False,
        choices=[("", _("Everybody’s")), ("held", _("Mine")), ("owned", _("Of accounts I own"))],
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any], *, lines: QuerySet[BusinessLine], is_shown: bool = True
    ) -> None:
        super().__init__(data)
        self.fields["line"].offer(lines, is_shown=is_shown)

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class GrantForm(forms.Form):
    """Who gets in, at which level, what for and until when."""

    person = PersonField(label=_("Person"), help_text=_("Their e-mail."))
    level = forms.ChoiceField(label=_("Level"), choices=AccessLevel.choices)
    why = forms.CharField(label=_("Purpose"), required=False, max_length=300)
    valid_until = DayEndField(label=_("Agreed last day"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, people: QuerySet[User], person: str = ""
    ) -> None:
        super().__init__(data, initial={"person": person})
        self.fields["person"].offer(people)
