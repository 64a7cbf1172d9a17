"""Form of a service token."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import OFFERED_SCOPES
from coe.forms.fields import DayInput, LineField
from coe.models import BusinessLine


class TokenForm(forms.Form):
    """A machine's key to one line and the lines below it."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("The machine or script that will use it.")
    )
    line = LineField(BusinessLine.objects.none(), label=_("Line"), empty_label=_("Choose a line"))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, scope.label) for scope in OFFERED_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = forms.DateField(
        label=_("Expires on"), widget=DayInput, help_text=_("At most a year from today.")
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, lines: QuerySet[BusinessLine], today: dt.date
    ) -> None:
        super().__init__(data, initial={"expires_on": today + dt.timedelta(days=180), "scopes": ["read"]})
        self.fields["line"].queryset = lines
