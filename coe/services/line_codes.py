"""Codes of lines: one name, one code, for ever; and what an import says about a line it wants."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from coe.enums.lines import LineKind

CODE_LENGTH = 40
_GAP = re.compile(r"[^\w.]+")


def line_code(text: str) -> str:
    """A name as a code: letters, digits, `.`, `_` and `-`, at most 40 characters."""
    plain = _GAP.sub("-", unicodedata.normalize("NFKC", text).strip()).strip("-.")
    if len(plain) <= CODE_LENGTH:
        return plain
    digest = hashlib.sha256(plain.casefold().encode()).hexdigest()[:8]
    return f"{plain[: CODE_LENGTH - 9].rstrip('-.')}-{digest}"


def line_key(text: str) -> str:
    """The form in which two spellings of a code are one line (folded in Python, so that all databases agree)."""
    return line_code(text).casefold()[:CODE_LENGTH]


@dataclass(frozen=True)
class NewLine:
    """A line that an import wants to exist."""

    code: str
    name: str = ""
    kind: LineKind = LineKind.LINE
    parent_id: int | None = None
    is_spoke: bool = True
    description: str = ""


@dataclass(frozen=True)
class EnsuredLines:
    """`ids` maps each text that was asked for to its line; `created` are the ids of new lines."""

    ids: Mapping[str, int]
    created: frozenset[int]
