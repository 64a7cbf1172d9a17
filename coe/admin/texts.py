"""Texts per language in the admin: a field for each language instead of one of JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from coe.admin.base import HubForm


class TextsForm(HubForm):
    """A form whose columns of texts are filled in a language at a time; other languages a column holds are kept."""

    texts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.texts:
            self.stands_for[name] = each_language(name)[0]
            for field, language in zip(each_language(name), dict(settings.LANGUAGES), strict=True):
                self.initial[field] = (getattr(self.instance, name) or {}).get(language, "")

    def values(self, *, only_changed: bool) -> dict[str, Any]:
        """As its base, with each column of texts whole."""
        found = super().values(only_changed=only_changed)
        for name in self.texts:
            given = {
                language: found.pop(field)
                for field, language in zip(each_language(name), dict(settings.LANGUAGES), strict=True)
                if field in found
            }
            if given:
                whole = {**(getattr(self.instance, name) or {}), **given}
                found[name] = {language: text for language, text in whole.items() if text}
        return found


def each_language(name: str) -> tuple[str, ...]:
    """The names of a column's fields, one a language."""
    return tuple(f"{name}_{language}" for language in dict(settings.LANGUAGES))


def for_readers(*names: str) -> Mapping[str, str]:
    """The columns themselves, in place of their fields (see `HubAdmin.readers_see`)."""
    return {field: "" if place else name for name in names for place, field in enumerate(each_language(name))}


def texts_form(
    model: Any, *, lines: tuple[str, ...] = (), bodies: tuple[str, ...] = (), base: Any = TextsForm
) -> Any:
    """A form class for a model's columns of texts: short ones and long ones."""
    made: dict[str, Any] = {"texts": (*lines, *bodies)}
    for name in (*lines, *bodies):
        label = model._meta.get_field(name).verbose_name
        for field, (_code, language) in zip(each_language(name), settings.LANGUAGES, strict=True):
            made[field] = forms.CharField(
                label=format_lazy("{} ({})", label, gettext_lazy(language)),
                required=False,
                widget=forms.Textarea(attrs={"rows": 12, "cols": 80})
                if name in bodies
                else forms.TextInput(attrs={"size": 80}),
            )
    return type(f"{model.__name__}Form", (base,), made)
