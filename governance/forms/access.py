"""Forms of access: the filter of the list, the request on an account's page, and which course a level needs."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import AccountTier
from coe.forms.fields import LineField, PersonField
from coe.models import BusinessLine, Platform, User
from governance.enums.access import AccessLevel, GrantState
from governance.forms.exceptions import DayEndField
from training.forms.catalogue import CourseField
from training.models import Course


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


class AccessRuleForm(forms.Form):
    """Which course a level needs, and on which accounts."""

    level = forms.ChoiceField(label=_("Level of access"), choices=AccessLevel.choices)
    course = CourseField(Course.objects.none(), label=_("Course"), to_field_name="code")
    platform = forms.ModelChoiceField(
        Platform.objects.none(),
        label=_("Platform"),
        required=False,
        to_field_name="code",
        empty_label=_("All platforms"),
    )
    tier = forms.ChoiceField(
        label=_("Tier of the account"), required=False, choices=[("", _("All tiers")), *AccountTier.choices]
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=300)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["course"].queryset = Course.objects.offered().order_by("code_key")
        self.fields["platform"].queryset = Platform.objects.order_by("name", "id")

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        clean = self.cleaned_data
        return {**clean, "tier": int(clean["tier"]) if clean["tier"] else None}
