"""Form fields that several pages share: a person by e-mail, words with commas, zones, day and clock."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, User


class PersonField(forms.CharField):
    """A person, given by e-mail. A text field with suggestions stays light where a company has thousands of people."""

    widget = forms.EmailInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"list": "people-known", "autocomplete": "off"})

    def clean(self, value: Any) -> User | None:
        """The active person with this e-mail, or None when the field is left empty."""
        email = super().clean(value).strip().lower()
        if not email:
            return None
        person = User.objects.get_queryset().active().filter(email=email).first()
        if person is None:
            raise forms.ValidationError(
                _("Nobody with the e-mail %(email)s works here. Choose a person from the list."),
                params={"email": email},
            )
        return person

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "").strip().lower() != (data or "").strip().lower()


class WordsField(forms.CharField):
    """Words separated by commas, as a list without doubles, in the order given."""

    def clean(self, value: Any) -> list[str]:
        """The words; an empty field is an empty list."""
        return list(dict.fromkeys(word.strip() for word in super().clean(value).split(",") if word.strip()))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = initial if isinstance(initial, (list, tuple)) else (initial or "").split(",")
        return [w.strip() for w in before if w.strip()] != [
            w.strip() for w in (data or "").split(",") if w.strip()
        ]


class LineField(forms.ModelChoiceField):
    """A line of those the reader may choose from, told apart by code and name, indented as the tree is."""

    def label_from_instance(self, line: BusinessLine) -> str:
        return f"{line.code} · {line.name}"


class DayInput(forms.DateInput):
    """The browser's own calendar; always ISO on the wire, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def zone_choices() -> list[tuple[str, str]]:
    """Every zone by continent and city, UTC first; aliases and single words of the old database are left out."""
    names = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]
