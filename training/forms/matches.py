"""Forms that say whom and what a learning system means."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.models import User
from training.enums.statements import IdentifierKind
from training.models import Course


class PersonMatchForm(forms.Form):
    """An identifier, and the person it belongs to by e-mail address."""

    kind = forms.ChoiceField(choices=IdentifierKind.choices, widget=forms.HiddenInput)
    value = forms.CharField(max_length=600, widget=forms.HiddenInput, strip=False)
    email = forms.EmailField(label=_("E-mail of the person"), max_length=254)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, people: QuerySet[User], **initial: Any
    ) -> None:
        super().__init__(data, initial=initial, auto_id=False)
        self.people = people

    def clean_email(self) -> str:
        """The address of somebody in scope."""
        email = self.cleaned_data["email"].strip().lower()
        self.user = self.people.filter(email=email).first()
        if self.user is None:
            raise forms.ValidationError(_("Nobody in your scope has this address."), code="unknown")
        return email


class ActivityMatchForm(forms.Form):
    """An activity, and the course it is."""

    activity = forms.CharField(max_length=500, widget=forms.HiddenInput, strip=False)
    course = forms.ModelChoiceField(
        Course.objects.none(), label=_("Course"), to_field_name="code", empty_label=_("Choose a course")
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, courses: QuerySet[Course], **initial: Any
    ) -> None:
        super().__init__(data, initial=initial, auto_id=False)
        self.fields["course"].queryset = courses
