"""Filters of the list of lines."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coe.enums.lines import LineKind


class LineFilterForm(forms.Form):
    """What the tree may be narrowed by."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Any kind")), *LineKind.choices]
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Active")), ("archived", _("Archived")), ("any", _("All"))],
    )
    aim = forms.ChoiceField(
        label=_("Target"), required=False, choices=[("", _("Any")), ("late", _("Late for its target"))]
    )

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
