"""Forms of sessions: plan and change one, rate one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.forms.fields import LineField, MomentInput, PersonField, offer_people, zone_choices
from coe.models import BusinessLine, User
from training.forms.catalogue import CourseField
from training.models import Course, Session

_PLAIN = ("time_zone", "places", "place", "link", "note")


class _LocalMoment(forms.CharField):
    """Day and clock as they are read where the session happens; the zone is a field of its own."""

    widget = MomentInput

    def clean(self, value: Any) -> dt.datetime | None:
        text = super().clean(value)
        try:
            return dt.datetime.fromisoformat(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("Write day and time as 2026-01-31T09:00."))


class SessionForm(forms.Form):
    """A session: its course when it is planned, everything else whenever."""

    course = CourseField(Course.objects.none(), label=_("Course"), to_field_name="code")
    line = LineField(
        BusinessLine.objects.none(), label=_("Line"), required=False, to_field_name="code",
        empty_label=_("Open to the whole company"),
    )  # fmt: skip
    starts_at = _LocalMoment(label=_("Starts at"))
    ends_at = _LocalMoment(label=_("Ends at"))
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("The clock at the place of the session."))
    places = forms.IntegerField(label=_("Seats"), min_value=1, max_value=5000, initial=12)
    place = forms.CharField(label=_("Place"), required=False, max_length=200)
    link = forms.URLField(label=_("Link to join"), required=False, max_length=500, assume_scheme="https")
    trainer = PersonField(label=_("Trainer"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
        zone: str,
        session: Session | None = None,
        must_choose_line: bool = False,
        course: str = "",
    ) -> None:
        initial: dict[str, Any] = {"time_zone": zone, "course": course}
        if session is not None:
            local = ZoneInfo(session.time_zone)
            initial = {name: getattr(session, name) for name in _PLAIN} | {
                "starts_at": session.starts_at.astimezone(local).replace(tzinfo=None),
                "ends_at": session.ends_at.astimezone(local).replace(tzinfo=None),
                "trainer": session.trainer.email if session.trainer else "",
                "revision": session.revision,
            }
        super().__init__(data, initial=initial)
        self.fields["time_zone"].choices = zone_choices()
        offer_people(self, people)
        if session is not None:
            del self.fields["course"], self.fields["line"]
            return
        self.fields["course"].queryset = Course.objects.offered().order_by("code_key")
        self.fields["line"].queryset = lines
        self.fields["line"].required = must_choose_line

    def values(self) -> dict[str, Any]:
        """Everything but course, line and revision, with instants in place of clocks."""
        clean = self.cleaned_data
        zone = ZoneInfo(clean["time_zone"])
        moments = {name: clean[name].replace(tzinfo=zone) for name in ("starts_at", "ends_at")}
        return {name: clean[name] for name in _PLAIN} | {"trainer": clean["trainer"]} | moments


class RatingForm(forms.Form):
    """How it was."""

    rating = forms.TypedChoiceField(
        label=_("How was it?"), coerce=int, widget=forms.RadioSelect,
        choices=[(5, _("5 – very good")), (4, _("4 – good")), (3, _("3 – fair")), (2, _("2 – poor")), (1, _("1 – very poor"))],
    )  # fmt: skip
    comment = forms.CharField(
        label=_("What should change?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
