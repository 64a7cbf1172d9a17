"""Texts in every language of the hub: one field a language, one dictionary for the services."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy

from coe.errors import DomainError

_INDEX = re.compile(r"^(?:lessons|questions)/\d+/")


def language_codes() -> list[str]:
    """The languages of this hub, its own first."""
    return [code for code, _name in settings.LANGUAGES]


def text_fields(
    name: str, label: Any, *, rows: int = 0, most: int = 300, **more: Any
) -> dict[str, forms.CharField]:
    """A field for each language: `title_en`, `title_fr`. The services say which are needed; the form asks for none."""
    return {
        f"{name}_{code}": forms.CharField(
            label=format_lazy("{label} ({language})", label=label, language=language),
            required=False,
            max_length=most,
            widget=forms.Textarea(attrs={"rows": rows, "lang": code})
            if rows
            else forms.TextInput(attrs={"lang": code}),
            **more,
        )
        for code, language in settings.LANGUAGES
    }


def given_texts(clean: Mapping[str, Any], name: str) -> dict[str, str]:
    """What was written, by language."""
    return {code: clean[f"{name}_{code}"] for code in language_codes() if clean.get(f"{name}_{code}")}


def shown_texts(name: str, texts: Mapping[str, Any]) -> dict[str, Any]:
    """Texts as the first values of their fields."""
    return {f"{name}_{code}": texts.get(code, "") for code in language_codes()}


def blame_texts(form: forms.BaseForm, error: DomainError, names: Mapping[str, str]) -> None:
    """Attach a refusal to a form whose fields go by other names than the service's: `titles/fr` is the field `title_fr`.

    `names` maps the service's words to the form's, after the form's own `name_of` where it has rows; a text without a language is
    blamed on the first one.
    """
    for problem in error.problems:
        told = getattr(form, "name_of", str)(problem.field)
        head, _slash, tail = _INDEX.sub("", told).partition("/")
        name, first = names.get(head, head), language_codes()[0]
        choices = [f"{name}_{tail}_{first}", f"{name}_{tail}", f"{name}_{first}", name]
        found = next((one for one in choices if one in form.fields), None)
        form.add_error(found, problem.message)
    if not error.problems:
        form.add_error(None, error.message)
