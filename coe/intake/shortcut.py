"""What the rows of a flat file have in common: a million rows are some thousand subjects, a few metrics and some hundred days.

A row is taken apart into the cells that say whose value it is, those that say which metric, the day and the numbers. Whoever
has seen what the first of equal cells meant need not read them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingABC, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from coe.intake.cells import NEEDED, columns_of, plain_cell
from coe.intake.kinds import fields_of
from coe.intake.mapped import Mapping

__all__ = ["Shortcut", "shortcut_of"]

_NUMBERS = ("value", "numerator", "denominator")
Key = Callable[[MappingABC[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How to take a row apart. ``numbers`` are the columns of value, numerator and denominator; empty: the file has none.

    ``read_day`` reads the day and raises :class:`IntakeError`. ``has_points``: a point in a number is its decimal sign.
    """

    subject: Key
    metric: Key
    day: str
    read_day: Callable[[str], date]
    numbers: tuple[str, str, str]
    has_points: bool


def _key(columns: Sequence[str]) -> Key:
    return itemgetter(*columns) if columns else lambda row: ()


def shortcut_of(mapping: Mapping, columns: Sequence[str]) -> Shortcut | None:
    """The shortcut through a file of these columns; None when its rows are more than one plain observation each.

    Nor is there one through rows with the platform's own ids: which handle an account had when is told by all of them together.
    """
    data = mapping.data
    parts = data.get("records") or [{}]
    part = parts[0]
    if mapping.kind != "observations" or data.get("joins") or len(parts) > 1 or part.get("each"):
        return None
    if part.get("kind", "observations") != "observations":
        return None
    rules = {**({} if part.get("alone") else data["fields"]), **part.get("fields", {})}
    if "platform_account_id" in rules:
        return None
    definitions = fields_of("observations")
    style: dict[str, Any] = {key: data[key] for key in ("numbers", "dates", "date_order") if key in data}
    plain: dict[str, str] = {}
    read_day: Callable[[str], date] | None = None
    for name in ("date", *_NUMBERS):
        if name in rules:
            found = plain_cell(definitions[name], rules[name], style)
            if found is None or found[0] not in columns or (name != "date" and found[2] is NEEDED):
                return None
            plain[name] = found[0]
            read_day = found[1] if name == "date" else read_day
    if read_day is None or "metric" not in rules or not any(name in plain for name in _NUMBERS):
        return None
    wanted = {
        path for name, rule in rules.items() if name not in ("metric", *plain) for path in columns_of(rule)
    }
    numbers = {plain[name] for name in _NUMBERS if name in plain}
    for rule in data.get("skip", ()):
        # A number that is there passes a rule for empty ones; every other rule is part of what makes two rows alike.
        if (
            rule.get("empty") is not True
            or {"equals", "matches"} & rule.keys()
            or rule["column"] not in numbers
        ):
            wanted.add(rule["column"])
    wanted |= {part[word] for word in ("when", "unless") if word in part}
    metric = set(columns_of(rules["metric"]))
    if any(path not in columns and "." in path for path in wanted | metric):
        return None
    subject = sorted(wanted & set(columns))
    return Shortcut(
        _key(subject), _key(sorted(metric & set(columns))), plain["date"], read_day,
        (plain.get("value", ""), plain.get("numerator", ""), plain.get("denominator", "")),
        data.get("numbers", "plain") == "plain",
    )  # fmt: skip
