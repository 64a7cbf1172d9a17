"""Forms of a working calendar: hours by weekday and holidays, as people write them."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy as _

from coe.errors import DomainError, Problem
from coe.forms.fields import zone_choices
from coe.forms.refusals import blame
from coe.models import WorkingCalendar

_SPAN = re.compile(r"\s*(\d{1,2}:\d{2})\s*[-–—]\s*(\d{1,2}:\d{2})\s*")
_HOLIDAY = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*(.*)")


def _clock(text: str) -> str:
    return text.rjust(5, "0")


class SpansField(forms.CharField):
    """Spans of a day: “09:00–12:00, 13:00–17:00”; empty means closed."""

    def clean(self, value: Any) -> list[list[str]]:
        """The spans in the order given."""
        spans = []
        for part in filter(str.strip, super().clean(value).split(",")):
            found = _SPAN.fullmatch(part)
            if found is None:
                raise forms.ValidationError(
                    _("“%(text)s” is no span of hours; write 09:00–17:00."), params={"text": part.strip()}
                )
            spans.append([_clock(found[1]), _clock(found[2])])
        return spans


class HolidaysField(forms.CharField):
    """One holiday a line: the day, then its name."""

    widget = forms.Textarea(attrs={"rows": 8})

    def clean(self, value: Any) -> dict[dt.date, str]:
        """Day → name."""
        days: dict[dt.date, str] = {}
        for number, line in enumerate(super().clean(value).splitlines(), 1):
            if not line.strip():
                continue
            found = _HOLIDAY.fullmatch(line)
            try:
                on = dt.date.fromisoformat(found[1]) if found else None
            except ValueError:
                on = None
            if found is None or on is None:
                raise forms.ValidationError(
                    _("Line %(number)s: write the day as 2026-12-25, then the name of the holiday."),
                    params={"number": number},
                )
            days[on] = found[2].strip()
        return days


class CalendarForm(forms.Form):
    """A working calendar. The code is given once: imports and the API find the calendar by it."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("Small letters, digits and “-”, such as office-paris.")
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    holidays = HolidaysField(
        label=_("Holidays"),
        required=False,
        max_length=150_000,
        help_text=_("One a line: the day, then its name, such as 2026-12-25 Christmas."),
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=500)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        calendar: WorkingCalendar | None = None,
        holidays: Mapping[dt.date, str] | None = None,
    ) -> None:
        initial: dict[str, Any] = {"time_zone": "UTC"}
        hours: Mapping[str, Any] = {str(day): [["09:00", "17:00"]] for day in range(5)}
        if calendar is not None:
            hours = calendar.hours
            initial = {
                "name": calendar.name,
                "time_zone": calendar.time_zone,
                "revision": calendar.revision,
                "holidays": "\n".join(
                    f"{on.isoformat()} {name}".rstrip() for on, name in (holidays or {}).items()
                ),
            }
        super().__init__(data, initial=initial)
        self.fields["time_zone"].choices = zone_choices()
        for day, name in sorted(WEEKDAYS.items()):
            self.fields[f"hours_{day}"] = SpansField(
                label=name,
                required=False,
                max_length=200,
                initial=", ".join(f"{start}–{end}" for start, end in hours.get(str(day), ())),
            )
        if calendar is not None:
            del self.fields["code"]
        self.order_fields(
            ["code", "name", "time_zone", *(f"hours_{day}" for day in range(7)), "holidays", "why"]
        )
        self.fields["hours_0"].help_text = _("Spans with commas between them; empty means closed.")

    def values(self) -> dict[str, Any]:
        """The calendar as the services take it."""
        clean = self.cleaned_data
        hours = {str(day): clean[f"hours_{day}"] for day in range(7) if clean[f"hours_{day}"]}
        plain = {name: clean[name] for name in ("code", "name", "time_zone", "holidays") if name in clean}
        return plain | {"hours": hours}


def blame_calendar(form: CalendarForm, error: DomainError) -> None:
    """Attach a refusal; what the domain says of a weekday stands at that weekday's field."""
    problems = tuple(
        Problem(problem.field.replace("hours.", "hours_"), problem.code, problem.message)
        for problem in error.problems
    )
    blame(form, type(error)(error.message or gettext("Not saved."), problems=problems))
