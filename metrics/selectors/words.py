"""How scores read: numbers with their unit, and the page where a failing criterion is put right."""

from fractions import Fraction
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext as _

from metrics.scoring import Criterion, Exact, Fix, Text, say

_PAGES = {
    "accounts": "/accounts/",
    "platforms": "/accounts/",
    "lines": "/lines/",
    "people": "/people/",
    "metrics": "/metrics/",
    "targets": "/metrics/",
    "imports": "/imports/",
    "training": "/training/coverage/",
    "courses": "/training/courses/",
    "policies": "/policies/",
    "attestation": "/policies/coverage/",
    "access": "/access/",
    "certification": "/certification/",
    "exceptions": "/exceptions/",
    "discovery": "/discovery/",
}
# Pages whose list can be narrowed to a line and those below it.
_BY_LINE = frozenset({"accounts", "access", "certification", "exceptions"})
# What the register of accounts can narrow by itself; the other hints are served by the list of failing records.
_FILTERS = {"one-owner": {"owner": "one"}, "mfa-off": {"mfa": "off"}, "incomplete": {"owner": "none"}}
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}


def read(text: Text) -> str:
    """A rubric's text in the reader's language."""
    return say(text, get_language() or "en")


def number(value: Exact | None, places: int = 1) -> str:
    """A number as the reader writes it, without needless decimals; a dash for none."""
    if value is None:
        return "–"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(number_format(exact.numerator))
    return str(number_format(round(float(exact), places), decimal_pos=places))


def measured(value: Exact | None, unit: str) -> str:
    """A measured value in the unit of its criterion."""
    if value is None:
        return "–"
    if unit == "%":
        return _("%(number)s%%") % {"number": number(Fraction(value) * 100)}
    return number(value, 2)


def bound(op: str | None, threshold: Exact | None, unit: str) -> str:
    """A threshold with its sign: ≥ 80%."""
    if op is None or threshold is None:
        return "–"
    shown = _("%(number)s%%") % {"number": number(threshold)} if unit == "%" else number(threshold, 2)
    return f"{_SIGNS.get(op, op)} {shown}"


def fix_url(fix: Fix | None, line_code: str | None) -> str:
    """The page where a failing criterion is put right, narrowed to a line where the page can do that."""
    if fix is None:
        return ""
    if fix.route == "lines" and line_code:
        return f"/lines/{line_code}/#people"
    query = dict(_FILTERS.get(fix.hint, {})) if fix.route == "accounts" else {}
    if line_code and fix.route in _BY_LINE:
        query["line"] = line_code
    page = _PAGES.get(fix.route, "")
    return f"{page}?{urlencode(query)}" if page and query else page


def shortfall(criterion: Criterion, numerator: int | None, denominator: int | None) -> int | None:
    """How many records of a share fail; None where the measure is not a share of records."""
    if criterion.unit != "%" or denominator is None:
        return None
    return max(0, denominator - (numerator or 0))
