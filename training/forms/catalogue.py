"""What the catalogue and the list of sessions may be narrowed by."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.enums.training import CourseMode
from training.models import Course


class CatalogueForm(forms.Form):
    """Words, and a way to take the course."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    mode = forms.ChoiceField(
        label=_("Way to take it"), required=False, choices=[("", _("Any")), *CourseMode.choices]
    )

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class CourseField(forms.ModelChoiceField):
    """A course of those offered, told by code and title."""

    def label_from_instance(self, course: Course) -> str:
        return f"{course.code} · {course.title}"


class CheckForm(forms.Form):
    """The code of a certificate, as it stands on paper."""

    code = forms.CharField(label=_("Code of the certificate"), max_length=60)
