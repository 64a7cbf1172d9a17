"""Numbers on the wire: a decimal, exact, as the metric's scale allows; integers inside."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from coe.errors import Problem
from metrics.selectors.observations import unscaled


def told_number(value: int | None, scale: int) -> int | str | None:
    """A stored integer as callers read it: whole numbers as numbers, decimals as exact text."""
    if value is None or scale == 0:
        return value
    return f"{unscaled(value, scale):f}"


def scaled_number(name: str, given: Any, scale: int) -> int | Problem:
    """A number of a body as it is stored, or what is wrong with it."""
    if (
        isinstance(given, bool)
        or not isinstance(given, int | float | str)
        or (isinstance(given, str) and len(given) > 40)
    ):
        return Problem(name, "number_expected", _("Send a number, or a decimal as text."))
    try:
        number = Decimal(str(given).strip())
        if not number.is_finite() or abs(number) >= 10**19:
            raise InvalidOperation
        scaled = number.scaleb(scale)
    except InvalidOperation:
        return Problem(name, "number_expected", _("“%(text)s” is no number.") % {"text": str(given)[:40]})
    if scaled != scaled.to_integral_value():
        message = _("This metric has %(n)s decimal places; “%(text)s” has more.") % {
            "n": scale,
            "text": str(given)[:40],
        }
        return Problem(name, "too_many_decimals", message)
    return int(scaled)
