"""Form fields that several pages share: a person by e-mail, words with commas, zones, day and clock."""

import zoneinfo
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, User


class PersonField(forms.CharField):
    """A person, given by e-mail. A text field with suggestions stays light where a company has thousands of people.

    A form must say by `offer` among whom one may choose; until then nobody is found. Somebody else and nobody get the same answer.
    """

    widget = forms.EmailInput
    people: QuerySet[User] = User.objects.none()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"list": "people-known", "autocomplete": "off"})

    def offer(self, people: QuerySet[User]) -> None:
        """Choose from these people."""
        self.people = people

    def clean(self, value: Any) -> User | None:
        """The active one of the people with this e-mail, or None when the field is left empty."""
        email = super().clean(value).strip().lower()
        if not email:
            return None
        person = self.people.filter(is_active=True, email=email).first()
        if person is None:
            raise forms.ValidationError(
                _("You see nobody with the e-mail %(email)s. Choose a person from the list."),
                params={"email": email},
            )
        return person

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "").strip().lower() != (data or "").strip().lower()


def offer_people(form: forms.BaseForm, people: QuerySet[User]) -> None:
    """Let every person of a form be chosen from these."""
    for field in form.fields.values():
        if isinstance(field, PersonField):
            field.offer(people)


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

    def offer(self, lines: QuerySet[BusinessLine], *, is_shown: bool = True) -> None:
        """Choose by code from these lines (one query, none for a form that is only read): a list while they are few, else a text field.

        A list of a thousand lines is longer than the page it filters, and nobody finds a line in it.
        """
        self.queryset = lines
        self.to_field_name = "code"
        if not is_shown:
            return
        few = _few(lines)
        if few is None:
            self.widget = forms.TextInput(attrs={"placeholder": _("Code of a line"), "autocomplete": "off"})
        else:
            self.widget.choices = [("", self.empty_label), *few]


class CodesInput(forms.TextInput):
    """Codes in one text, separated by commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [code.strip() for code in (data.get(name) or "").split(",") if code.strip()]

    def format_value(self, value: Any) -> str | None:
        return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


class LinesField(forms.ModelMultipleChoiceField):
    """Several lines by their codes, separated by commas."""

    widget = CodesInput

    def __init__(self, queryset: QuerySet[BusinessLine], **kwargs: Any) -> None:
        super().__init__(queryset, to_field_name="code", **kwargs)
        self.help_text = _("Codes of lines, separated by commas.")
        self.widget.attrs["autocomplete"] = "off"


FEW_LINES = 50


def _few(lines: QuerySet[BusinessLine]) -> list[tuple[str, str]] | None:
    """Codes and labels of the lines, or None when they are too many to list."""
    found = list(lines.values_list("code", "name")[: FEW_LINES + 1])
    return [(code, f"{code} · {name}") for code, name in found] if len(found) <= FEW_LINES else None


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
