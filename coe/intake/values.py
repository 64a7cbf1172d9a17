"""Reading one cell: the door to numbers, moments, truths and choices. Everything here raises :class:`IntakeError` and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from coe.intake.errors import IntakeError, short
from coe.intake.moments import DateOrder, parse_date, parse_duration, parse_moment
from coe.intake.numbers import (
    LARGEST,
    NUMBER_STYLES,
    NumberStyle,
    parse_decimal,
    parse_int_exact,
    parse_percent,
    to_scaled,
)

__all__ = [
    "LARGEST",
    "NUMBER_STYLES",
    "DateOrder",
    "NumberStyle",
    "parse_bool",
    "parse_choice",
    "parse_date",
    "parse_decimal",
    "parse_duration",
    "parse_int_exact",
    "parse_list",
    "parse_moment",
    "parse_percent",
    "parse_text",
    "to_scaled",
]

_YES = frozenset({"true", "t", "yes", "y", "1", "on", "x", "vrai", "oui", "o", "✓", "✔"})
_NO = frozenset({"false", "f", "no", "n", "0", "off", "faux", "non", "-", "✗", "✘"})


def parse_bool(text: str) -> bool:
    """Read a yes or a no in English or French.

    :raises IntakeError: ``bool_not_understood``.
    """
    clean = text.strip().casefold()
    if clean in _YES:
        return True
    if clean in _NO:
        return False
    raise IntakeError("bool_not_understood", value=short(text))


def parse_choice(text: str, choices: Mapping[str, str]) -> str:
    """Find a value by name, whatever its case: ``choices`` maps each accepted name to the value it stands for.

    :raises IntakeError: ``choice_unknown``, listing what is accepted.
    """
    clean = " ".join(text.split()).casefold()
    for name, value in choices.items():
        if name.casefold() == clean:
            return value
    accepted = list(dict.fromkeys(choices.values()))
    listed = ", ".join(accepted[:12]) + (", …" if len(accepted) > 12 else "")
    raise IntakeError("choice_unknown", value=short(text), choices=listed)


def parse_text(text: str, *, limit: int = 10_000) -> str:
    """Trim a text and refuse invisible control characters (line breaks and tabs are fine) and what exceeds ``limit``.

    :raises IntakeError: ``control_character`` or ``value_too_long``.
    """
    clean = text.strip()
    if len(clean) > limit:
        raise IntakeError("value_too_long", limit=limit)
    if not clean.isprintable() and any(
        (ord(ch) < 32 and ch not in "\n\r\t") or 0x7F <= ord(ch) < 0xA0 for ch in clean
    ):
        raise IntakeError("control_character")
    return clean


def parse_list(text: str, *, separators: str = ";|\n") -> tuple[str, ...]:
    """Split a cell into its distinct items, in the order in which they are written."""
    for sign in separators[1:]:
        text = text.replace(sign, separators[0])
    return tuple(dict.fromkeys(item.strip() for item in text.split(separators[0]) if item.strip()))
