"""Texts per language: which words a reader gets."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def said(texts: Mapping[str, Any], language: str) -> Any:
    """The text in a language, else in English, else in any; "" when there is none."""
    for code in (language.split("-")[0], "en"):
        if texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")


def read(texts: Mapping[str, Any]) -> Any:
    """The text in the reader's language."""
    return said(texts, get_language() or "en")
