"""Numbers as people and programs write them, read exactly or not at all.

Nothing is guessed and nothing is rounded: what can be read in two ways is an error that names both readings.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from coe.intake.errors import IntakeError, short

__all__ = [
    "LARGEST",
    "NUMBER_STYLES",
    "NumberStyle",
    "parse_decimal",
    "parse_int_exact",
    "parse_percent",
    "to_scaled",
]

NumberStyle = Literal["auto", "plain", "comma_groups", "dot_groups", "space_groups", "space_groups_dot"]

#: What each style means: the sign between groups of three, and the decimal sign.
NUMBER_STYLES: dict[str, tuple[str, str]] = {
    "plain": ("", "."),
    "comma_groups": (",", "."),
    "dot_groups": (".", ","),
    "space_groups": (" ", ","),
    "space_groups_dot": (" ", "."),
}

#: A stored value has fewer digits than this, decimals included: 64-bit columns then hold the sum of nine thousand of the largest.
LARGEST = 10**15
_DIGITS = 15

_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007'’"), " ") | {
    ord("\u2212"): "-",
    ord("\uff0b"): "+",
}
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_EXPONENT = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[eE]([+-]?[0-9]{1,4})\Z")
_SHAPE = re.compile(r"[+-]?[0-9., ]*[0-9][0-9., ]*\Z")
_NOT_FINITE = frozenset(
    {"nan", "inf", "infinity", "-inf", "-infinity", "+inf", "+infinity", "-nan", "∞", "-∞"}
)
_LONGEST = 64


def _not_a_number(text: str) -> IntakeError:
    return IntakeError("number_not_understood", value=short(text))


def _grouped(body: str, group: str, decimal: str) -> str | None:
    """Read ``body`` with these two signs; None when it does not follow them."""
    whole, point, fraction = body.partition(decimal)
    if point and (not fraction.isdigit() and fraction != ""):
        return None
    if group and group in whole:
        parts = whole.split(group)
        if parts[0].startswith("0") or not (
            1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
        ):
            return None
        whole = "".join(parts)
    if whole and not whole.isdigit():
        return None
    if not whole and not fraction:
        return None
    return f"{whole or '0'}.{fraction}" if fraction else (whole or "0")


def _auto(body: str, text: str) -> str:
    """Read a number whose style nobody declared, if only one reading is possible."""
    readings: dict[str, None] = {}
    for name, (group, decimal) in NUMBER_STYLES.items():
        if name == "plain" and "." in body and "," not in body and " " not in body:
            continue
        read = _grouped(body, group, decimal)
        if read is not None:
            readings[read] = None
    values = {Decimal(read): read for read in readings}
    if not values:
        raise _not_a_number(text)
    if len(values) > 1:
        first, second = sorted(values)[:2]
        raise IntakeError("number_ambiguous", value=short(text), first=f"{second:f}", second=f"{first:f}")
    return next(iter(readings))


def parse_decimal(text: str, style: NumberStyle | str = "auto") -> Decimal:
    """Read a finite decimal number exactly.

    ``plain`` is the machine's way (``1234.5``, no groups); ``comma_groups`` reads ``1,234.5``, ``dot_groups`` ``1.234,5``,
    ``space_groups`` ``1 234,5`` (also with thin spaces or apostrophes), ``space_groups_dot`` ``1 234.5``. ``auto`` accepts
    whatever has one reading only. An exponent is accepted as long as the result is of ordinary size.

    :raises IntakeError: ``number_not_understood``, ``number_ambiguous``, ``number_style``, ``number_not_finite`` or
        ``number_out_of_range``.
    """
    if text.isdigit() and text.isascii() and len(text) <= _DIGITS:
        return Decimal(text)
    clean = text.translate(_SPACES).strip()
    if not clean or len(clean) > _LONGEST:
        raise _not_a_number(text)
    if clean.casefold() in _NOT_FINITE:
        raise IntakeError("number_not_finite", value=short(text))
    if not clean.isascii():
        raise _not_a_number(text)
    power = _EXPONENT.match(clean)
    if power:
        if abs(int(power[2])) > 18:
            raise IntakeError("number_out_of_range", value=short(text))
        return _in_range(Decimal(power[1]).scaleb(int(power[2])), text)
    if not _SHAPE.match(clean):
        raise _not_a_number(text)
    sign = "-" if clean.startswith("-") else ""
    body = clean.lstrip("+-").strip()
    if style == "auto":
        return _in_range(Decimal(sign + _auto(body, text)), text)
    if style not in NUMBER_STYLES:
        raise IntakeError("number_style", value=short(text), style=short(style))
    read = _grouped(body, *NUMBER_STYLES[style])
    if read is not None:
        return _in_range(Decimal(sign + read), text)
    _auto(body, text)
    raise IntakeError("number_style", value=short(text), style=style)


def _in_range(number: Decimal, text: str) -> Decimal:
    if abs(number) >= LARGEST:
        raise IntakeError("number_out_of_range", value=short(text))
    return number


def parse_int_exact(text: str, style: NumberStyle | str = "auto") -> int:
    """Read a whole number; ``12.0`` counts as whole, ``12.5`` does not.

    :raises IntakeError: as :func:`parse_decimal`, and ``number_not_whole``.
    """
    if text.isdigit() and text.isascii() and len(text) <= _DIGITS:
        return int(text)
    number = parse_decimal(text, style)
    if number != number.to_integral_value():
        raise IntakeError("number_not_whole", value=short(text))
    return int(number)


def to_scaled(text: str, scale: int, style: NumberStyle | str = "auto") -> int:
    """Read a number as the integer ``value × 10**scale``, exactly: a surplus decimal is an error, never rounded away.

    :raises IntakeError: as :func:`parse_decimal`, and ``too_many_decimals``.
    """
    if text.isdigit() and text.isascii() and len(text) + scale <= _DIGITS:
        return int(text) * 10**scale
    scaled = parse_decimal(text, style).scaleb(scale)
    if scaled != scaled.to_integral_value():
        raise IntakeError("too_many_decimals", value=short(text), scale=scale)
    if abs(scaled) >= LARGEST:
        raise IntakeError("number_out_of_range", value=short(text))
    return int(scaled)


def parse_percent(
    text: str, *, bare: Literal["percent", "fraction"] | None = None, style: NumberStyle | str = "auto"
) -> Decimal:
    """Read a share as a fraction of one: ``12.5 %`` gives ``0.125``.

    ``bare`` says what a number without a percent sign means; without it only 0 needs no sign.

    :raises IntakeError: as :func:`parse_decimal`, and ``percent_ambiguous``.
    """
    clean = text.translate(_SPACES).strip()
    signed = clean.endswith(("%", "\N{FULLWIDTH PERCENT SIGN}"))
    number = parse_decimal(clean[:-1].strip() if signed else clean, style)
    if signed or bare == "percent":
        return number.scaleb(-2)
    if bare == "fraction" or number == 0:
        return number
    raise IntakeError(
        "percent_ambiguous", value=short(text), first=f"{number:f} %", second=f"{number.scaleb(2):f} %"
    )
