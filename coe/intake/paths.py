"""Paths into a row: a column's own name first, then keys and places in nested data (``id.bioguide``, ``terms.-1.type``)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["CODE_LENGTH", "Getter", "as_text", "code_of", "getter", "look"]

Getter = Callable[[Mapping[str, Any]], Any]
CODE_LENGTH = 40


def look(row: Any, path: str) -> Any:
    """Follow a path; what is not there is the empty text."""
    if isinstance(row, Mapping) and path in row:
        return row[path]
    for step in path.split("."):
        if isinstance(row, Mapping):
            row = row.get(step, "")
        elif isinstance(row, (list, tuple)) and re.fullmatch(r"-?\d{1,6}", step):
            place = int(step)
            row = row[place] if -len(row) <= place < len(row) else ""
        else:
            return ""
    return row


def as_text(value: Any) -> str:
    """Trim a leaf; a list of leaves becomes one text, an object none."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "; ".join(text for item in value if (text := as_text(item)))
    return str(value).strip()


def getter(path: str) -> Getter:
    """Make the function that reads a path as text; a plain column name takes the short way."""
    if "." not in path:

        def column(row: Mapping[str, Any]) -> str:
            value = row.get(path, "")
            return value.strip() if type(value) is str else as_text(value)

        return column
    return lambda row: as_text(look(row, path))


def code_of(name: str) -> str:
    """Write a name as a code: ``Mayor's Office`` → ``MAYORS-OFFICE``. Spellings that differ in case or accents are one code."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    plain = re.sub(r"['’`´]", "", plain).upper()
    code = re.sub(r"[^\w]+", "-", plain).strip("-_")
    if len(code) <= CODE_LENGTH:
        return code
    digest = hashlib.sha256(code.encode()).hexdigest()[:6].upper()
    return f"{code[: CODE_LENGTH - 7].rstrip('-_')}-{digest}"
