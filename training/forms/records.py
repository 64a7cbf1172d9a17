"""Forms by which a line lead keeps the training records of people."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import DayInput
from training.forms.catalogue import CourseField
from training.models import Course


class _Courses(forms.Form):
    course = CourseField(Course.objects.none(), label=_("Course"), to_field_name="code")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["course"].queryset = Course.objects.offered().order_by("code_key")


class EnrolForm(_Courses):
    """One course for one person."""

    due_on = forms.DateField(label=_("Due"), required=False, widget=DayInput)

    def due_at(self) -> dt.datetime | None:
        """The end of the day that was chosen, in the reader's zone."""
        day = self.cleaned_data["due_on"]
        return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59))) if day else None


class CompletionForm(_Courses):
    """A completion that no system told: with the day, and where the proof is kept."""

    course = CourseField(Course.objects.none(), label=_("Course completed"), to_field_name="code")
    achieved_on = forms.DateField(label=_("Completed on"), widget=DayInput)
    evidence = forms.CharField(
        label=_("Evidence"), max_length=500, help_text=_("A link, or where the proof is kept.")
    )

    def achieved_at(self) -> dt.datetime:
        """Noon of the day in the reader's zone: far from either midnight."""
        return timezone.make_aware(dt.datetime.combine(self.cleaned_data["achieved_on"], dt.time(12, 0)))


class WaiverForm(forms.Form):
    """A course that somebody must take and knows already, with the reason why it is not asked of them."""

    course = CourseField(Course.objects.none(), label=_("Course waived"), to_field_name="code")
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("It stays with the completion, as its evidence.")
    )

    def __init__(self, data: Any = None, *, owed: QuerySet[Course]) -> None:
        super().__init__(data)
        self.fields["course"].queryset = owed


class RevokeForm(forms.Form):
    """Why a certificate ends."""

    reason = forms.CharField(label=_("Why"), max_length=300)
