"""From bytes to JSON values, refusing what two parsers could read differently."""

import json
import re
from typing import Any

from training.xapi.problems import Problem, StatementInvalid

MOST_DEPTH = 64
_FORMATTING = "Data 2.2"
_LEAST, _MOST = -(2**63), 2**64 - 1
# What JSON may write and no text can be: a NUL, which no database keeps, and half of a surrogate pair (RFC 8259, 8.2).
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f][0-9a-f]{2})", re.IGNORECASE)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def _refuse(code: str, detail: str) -> StatementInvalid:
    return StatementInvalid(Problem("/", code, detail, _FORMATTING))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        double = next(key for key in names if names.count(key) > 1)
        raise _refuse("duplicate_key", f"The key “{double}” stands twice in one object. Keep one of them.")
    return found


def _constant(name: str) -> Any:
    raise _refuse("not_json", f"{name} is no JSON number.")


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _refuse("number_too_large", f"{text[:40]} is larger than a double can hold.")
    return value


def _integer(text: str) -> int:
    # Longer than any integer of 64 bits; turning a long one into a number would cost its square.
    value = int(text) if len(text) <= 20 else None
    if value is None or not _LEAST <= value <= _MOST:
        raise _refuse(
            "number_too_large", f"{text[:40]} is an integer of more than 64 bits. Send it as a string."
        )
    return value


def _refuse_no_text(value: Any) -> None:
    """Look at every string, keys too; the depth has been limited."""
    if isinstance(value, str):
        found = _NO_TEXT.search(value)
        if found:
            raise _refuse(
                "not_text", f"A string holds U+{ord(found[0]):04X}, which is no character. Take it out."
            )
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_no_text(key)
            _refuse_no_text(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_no_text(item)


def _depth(text: str) -> int:
    """The deepest nesting, counted over the text so that no recursion can be exhausted by it."""
    depth = most = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            most = max(most, depth)
        elif char in "]}":
            depth -= 1
    return most


def read_json(body: bytes) -> Any:
    """Read a body.

    :raises StatementInvalid: it is not UTF-8, not JSON, nests deeper than 64, doubles a key, holds a number that no double, or an
        integer that no 64 bits can hold, or a string that is no text.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refuse("not_utf8", "The body is not UTF-8. Send JSON in UTF-8.") from None
    # Bracket counting costs a pass over the text; only a text with that many brackets can be that deep.
    if text.count("{") + text.count("[") > MOST_DEPTH and _depth(text) > MOST_DEPTH:
        raise _refuse("too_deep", f"The body nests deeper than {MOST_DEPTH} levels.")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_constant=_constant,
            parse_float=_number,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise _refuse(
            "not_json", f"The body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    if _SUSPECT.search(text):
        _refuse_no_text(value)
    return value
