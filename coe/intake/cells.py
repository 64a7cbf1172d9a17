"""From a field's rule to the function that reads it out of a row: compiled once, called a million times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from coe.intake.errors import IntakeError, short
from coe.intake.kinds import FieldDef
from coe.intake.moments import parse_date, parse_moment
from coe.intake.numbers import parse_decimal, parse_int_exact
from coe.intake.paths import Getter, as_text, code_of, getter, look
from coe.intake.values import parse_bool, parse_list, parse_text

__all__ = [
    "NEEDED",
    "Style",
    "columns_of",
    "compile_field",
    "plain_cell",
]

_BRACES = re.compile(r"\{([^{}]+)\}")
_MEMORY = 50_000
Style = Mapping[str, Any]  #: numbers, dates, date_order, zone


def columns_of(rule: str | Mapping[str, Any]) -> tuple[str, ...]:
    """The columns a rule reads."""
    if isinstance(rule, str):
        return (rule,)
    found = rule.get("column", ())
    names = [found] if isinstance(found, str) else list(found)
    names += rule.get("join", {}).get("columns", ()) if rule.get("join") else ()
    names += rule.get("list", ())
    names += _BRACES.findall(rule.get("template", ""))
    return tuple(names)


def _source(rule: Mapping[str, Any]) -> Getter:
    if "constant" in rule:
        constant = as_text(rule["constant"])
        return lambda row: constant
    if "template" in rule:
        return _template(rule["template"])
    if "join" in rule:
        parts, sign = [getter(path) for path in rule["join"]["columns"]], rule["join"].get("with", " ")
        return lambda row: sign.join(text for part in parts if (text := part(row)))
    column = rule.get("column", "")
    if isinstance(column, str):
        return getter(column) if column else (lambda row: "")
    options = [getter(path) for path in column]
    return lambda row: next((text for option in options if (text := option(row))), "")


def _template(template: str) -> Getter:
    """Fill ``{column}`` places by lookup alone: ``str.format`` would let a mapping reach into objects."""
    pieces: list[str | Getter] = [
        getter(piece) if place % 2 else piece for place, piece in enumerate(_BRACES.split(template))
    ]

    def fill(row: Mapping[str, Any]) -> str:
        texts = []
        for piece in pieces:
            text = piece if isinstance(piece, str) else piece(row)
            if not text and not isinstance(piece, str):
                return ""
            texts.append(text)
        return "".join(texts)

    return fill


def _changed(rule: Mapping[str, Any], source: Getter) -> Getter:
    """Wrap a source in what the rule changes: nothing-values, replacement, value map, default, case."""
    nulls = frozenset(as_text(item).casefold() for item in rule.get("nulls", ()))
    values = {as_text(key).casefold(): as_text(value) for key, value in rule.get("values", {}).items()}
    other = rule.get("other", "keep")
    default = as_text(rule.get("default", ""))
    case = {"code": code_of, "upper": str.upper, "lower": str.lower}.get(rule.get("case", ""))
    replace: Mapping[str, str] = rule.get("replace") or {}
    pattern = re.compile(replace["match"]) if replace else None

    def change(text: str) -> str:
        if text and text.casefold() in nulls:
            text = ""
        if pattern is not None and text:
            text = pattern.sub(replace["with"], text)
        if values and text:
            key = text.casefold()
            if key in values:
                text = values[key]
            elif other == "error":
                raise IntakeError("choice_unknown", value=short(text), choices=short(", ".join(values), 200))
            elif other == "default":
                text = ""
        text = text or default
        return case(text) if case and text else text

    if not (nulls or values or default or case or pattern):
        return source
    known: dict[str, str] = {}

    def read(row: Mapping[str, Any]) -> str:
        text = source(row)
        found = known.get(text)
        if found is None:
            found = change(text)
            if len(known) < _MEMORY:
                known[text] = found
        return found

    return read


def _remembered(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Remember what a text meant: dates come in thousands of equal ones."""
    known: dict[str, Any] = {}

    def read(text: str) -> Any:
        found = known.get(text)
        if found is None:
            found = parse(text)
            if len(known) < _MEMORY:
                known[text] = found
        return found

    return read


def _number(style: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.isdigit() and text.isascii() and len(text) <= 15:
            return text
        return f"{parse_decimal(text, style):f}"

    return read


def _parser(definition: FieldDef, style: Style) -> Callable[[str], Any]:
    formats, order = style.get("dates", ()), style.get("date_order")
    zone: tzinfo | None = style.get("zone")

    def moment(text: str) -> datetime:
        return (
            parse_moment(text, formats, order=order, zone=zone)
            if zone
            else parse_moment(text, formats, order=order)
        )

    def day(text: str) -> date:
        return parse_date(text, formats, order=order)

    numbers = style.get("numbers", "plain")
    parsers: dict[str, Callable[[str], Any]] = {
        "text": parse_text,
        "code": parse_text,
        "number": _number(numbers),
        "whole": lambda text: parse_int_exact(text, numbers),
        "date": _remembered(day),
        "moment": _remembered(moment),
        "bool": parse_bool,
        "list": parse_list,
    }
    return parsers[definition.type]


def compile_field(
    definition: FieldDef, rule: str | Mapping[str, Any], style: Style
) -> Callable[[Mapping[str, Any]], Any]:
    """Make the function that reads one field out of a row.

    It returns a text for ``text`` and ``number`` (a number in plain form, ``1234.5``; the metric's scale is applied by
    :func:`coe.intake.values.to_scaled`), an int, a date, an aware datetime, a bool or a tuple for the others, and ``""`` for text,
    ``()`` for lists, None else when the cell is blank.
    """
    rules: Mapping[str, Any] = {"column": rule} if isinstance(rule, str) else rule
    style = {**style, **{key: rules[key] for key in ("numbers", "dates", "date_order") if key in rules}}
    if definition.type == "list":
        return _list_reader(rules)
    read = _changed(rules, _source(rules))
    parse, needed = _parser(definition, style), bool(rules.get("required")) or definition.is_required
    blank: Any = "" if definition.type in ("text", "code") else None
    if definition.type in ("text", "code") and not needed:

        def plain(row: Mapping[str, Any]) -> Any:
            text = read(row)
            return text if text.isprintable() and len(text) <= 10_000 else parse_text(text)

        return plain

    def field(row: Mapping[str, Any]) -> Any:
        text = read(row)
        if text:
            return parse(text)
        if needed:
            raise IntakeError("required")
        return blank

    return field


#: Stands for “a blank here is an error”, which the field's own reader then raises.
NEEDED = object()


def plain_cell(
    definition: FieldDef, rule: str | Mapping[str, Any], style: Style
) -> tuple[str, Callable[[str], Any] | None, Any] | None:
    """Tell whether a field is one column read as it stands: its column, what parses it, what a blank is. None when it is more.

    Nearly every field of a big file is. Reading those without a call for each is what makes a million rows a matter of seconds.
    """
    column = rule if isinstance(rule, str) else rule.get("column")
    if (
        not isinstance(column, str)
        or "." in column
        or definition.type == "list"
        or (not isinstance(rule, str) and len(rule) > 1)
    ):
        return None
    is_text = definition.type in ("text", "code")
    blank: Any = NEEDED if definition.is_required else "" if is_text else None
    return column, None if is_text else _parser(definition, style), blank


def _list_reader(rules: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """Read a list: from several columns, from a nested list, or from one cell with semicolons."""
    change = _changed(
        {key: value for key, value in rules.items() if key not in ("column", "list")}, lambda row: row[""]
    )
    if "list" in rules:
        parts = [getter(path) for path in rules["list"]]

        def several(row: Mapping[str, Any]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(text for part in parts if (text := change({"": part(row)}))))

        return several
    column = rules.get("column", "")
    path = column if isinstance(column, str) else column[0]

    def one(row: Mapping[str, Any]) -> tuple[str, ...]:
        value = look(row, path) if path else ""
        items: Sequence[str] = (
            # Some sources note beside an item where it comes from: {S000250: SessionsforTX32}.
            [
                as_text(part)
                for item in value
                for part in (item.values() if isinstance(item, Mapping) else (item,))
            ]
            if isinstance(value, list)
            else parse_list(as_text(value))
        )
        if not items and "constant" in rules:
            items = parse_list(as_text(rules["constant"]))
        return tuple(
            dict.fromkeys(parse_text(text) for item in items if item and (text := change({"": item})))
        )

    return one
