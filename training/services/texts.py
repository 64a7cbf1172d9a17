"""Checks texts per language: `{"en": "…", "fr": "…"}`, languages of this hub only, no empty one kept."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from coe.errors import Problem

LONGEST_LINE = 300
LONGEST_TEXT = 60_000


def clean_texts(
    field: str, *, value: Any, problems: list[Problem], is_required: bool = True, most: int = LONGEST_LINE
) -> dict[str, str]:
    """The texts, trimmed; what is wrong is added to `problems` under the field's name."""
    known = dict(settings.LANGUAGES)
    if not isinstance(value, Mapping):
        problems.append(Problem(field, "texts_expected", _('Give the text by language: {"en": "…"}.')))
        return {}
    clean: dict[str, str] = {}
    for code, text in value.items():
        if code not in known:
            message = _("“%(language)s” is not a language of this hub.") % {"language": code}
            problems.append(Problem(f"{field}/{code}", "language_unknown", message))
        elif not isinstance(text, str) or "\x00" in text:
            problems.append(Problem(f"{field}/{code}", "text_expected", _("This must be text.")))
        elif len(text) > most:
            message = _("At most %(most)d characters, please.") % {"most": most}
            problems.append(Problem(f"{field}/{code}", "too_long", message))
        elif text.strip():
            clean[code] = text.strip()
    if is_required and not clean:
        problems.append(Problem(field, "required", _("A value is needed.")))
    return clean


def clean_lists(field: str, *, value: Any, problems: list[Problem]) -> dict[str, list[str]]:
    """Lists of short texts per language, such as objectives."""
    if not isinstance(value, Mapping):
        problems.append(Problem(field, "texts_expected", _('Give the texts by language: {"en": ["…"]}.')))
        return {}
    clean: dict[str, list[str]] = {}
    for code, texts in value.items():
        if code not in dict(settings.LANGUAGES):
            message = _("“%(language)s” is not a language of this hub.") % {"language": code}
            problems.append(Problem(f"{field}/{code}", "language_unknown", message))
        elif not isinstance(texts, list) or not all(
            isinstance(text, str) and len(text) <= LONGEST_LINE and "\x00" not in text for text in texts
        ):
            message = _("Give a list of texts of at most %(most)d characters.") % {"most": LONGEST_LINE}
            problems.append(Problem(f"{field}/{code}", "list_expected", message))
        else:
            kept = [text.strip() for text in texts if text.strip()]
            if kept:
                clean[code] = kept
    return clean
