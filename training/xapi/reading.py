"""From bytes to JSON values, refusing what two parsers could read differently."""

import json
from typing import Any

from training.xapi.problems import Problem, StatementInvalid

MOST_DEPTH = 64
_FORMATTING = "Data 2.2"


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
    if len(text) > 300:
        raise _refuse("number_too_large", f"{text[:40]}… has {len(text)} digits. Send fewer than 300.")
    return int(text)


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

    :raises StatementInvalid: it is not UTF-8, not JSON, nests deeper than 64, doubles a key, or holds a number no double can hold.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refuse("not_utf8", "The body is not UTF-8. Send JSON in UTF-8.") from None
    # Bracket counting costs a pass over the text; only a text with that many brackets can be that deep.
    if text.count("{") + text.count("[") > MOST_DEPTH and _depth(text) > MOST_DEPTH:
        raise _refuse("too_deep", f"The body nests deeper than {MOST_DEPTH} levels.")
    try:
        return json.loads(
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
