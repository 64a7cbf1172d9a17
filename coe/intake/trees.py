"""Rows out of JSON, NDJSON and YAML, one item at a time.

Leaves stay text exactly as written (``02222`` keeps its nought, ``1.10`` its last one): values are read later, by the field
they go to. True and false become ``true`` and ``false``, null the empty text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from coe.intake.errors import IntakeError, RowProblem, short
from coe.intake.sources import Limits, Text, lines

__all__ = ["Tree", "json_rows", "ndjson_rows", "yaml_items", "yaml_rows"]

Tree = Any  #: str, list of Tree or dict of str to Tree
_CHUNK = 1 << 16


def _no_constant(name: str) -> Any:
    # NaN and Infinity are no JSON; they reach the field as text and are refused there with its name.
    return name


def _json_decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_constant)


def _leaves_as_text(value: Any, depth: int) -> Tree:
    if depth < 0:
        raise IntakeError("nested_too_deep", limit=Limits().max_depth)
    if isinstance(value, dict):
        return {str(key): _leaves_as_text(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_leaves_as_text(item, depth - 1) for item in value]
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return value


def _row(number: int, item: Any, limits: Limits) -> dict[str, Tree] | RowProblem:
    if not isinstance(item, dict):
        kind = {"list": "list", "str": "text"}.get(type(item).__name__, "single value")
        return RowProblem.of("not_an_object", number, found=kind)
    return _leaves_as_text(item, limits.max_depth)


def _json_error(line: int, reason: str) -> IntakeError:
    return IntakeError("json_broken", line=line, reason=reason)


def ndjson_rows(text: Text, limits: Limits) -> Iterator[tuple[int, dict[str, Tree] | RowProblem]]:
    """Yield one row for each line that holds a JSON object; a line that is no JSON is a problem of that row alone."""
    decoder = _json_decoder()
    with text.open() as stream:
        for number, line in enumerate(lines(stream, limits.max_record), start=1):
            if not line.strip():
                continue
            try:
                item = decoder.decode(line)
            except ValueError as error:
                yield (
                    number,
                    RowProblem.of(
                        "json_broken", number, line=number, reason=short(getattr(error, "msg", error))
                    ),
                )
            except RecursionError:
                yield number, RowProblem.of("nested_too_deep", number, limit=limits.max_depth)
            else:
                yield number, _row(number, item, limits)


def json_rows(text: Text, limits: Limits) -> Iterator[tuple[int, dict[str, Tree] | RowProblem]]:
    """Yield the objects of a JSON array, or of the first list inside one object, counted from 1."""
    with text.open() as stream:
        start = stream.read(_CHUNK).lstrip("\ufeff \t\r\n")[:1]
    if start == "[":
        for number, item in _array_items(text, limits):
            yield number, _row(number, item, limits)
        return
    yield from _inside_object(text, limits)


def _inside_object(text: Text, limits: Limits) -> Iterator[tuple[int, dict[str, Tree] | RowProblem]]:
    with text.open() as stream:
        whole = stream.read(16 * limits.max_record + 1)
    if len(whole) > 16 * limits.max_record:
        raise IntakeError("record_too_large", item=1, limit=16 * limits.max_record)
    try:
        value = _json_decoder().decode(whole.lstrip("\ufeff"))
    except ValueError as error:
        raise _json_error(getattr(error, "lineno", 1), short(getattr(error, "msg", error))) from None
    except RecursionError:
        raise IntakeError("nested_too_deep", limit=limits.max_depth) from None
    if not isinstance(value, dict):
        raise IntakeError("json_no_list")
    items = next((part for part in value.values() if isinstance(part, list)), None)
    if items is None:
        items = [value]
    for number, item in enumerate(items, start=1):
        yield number, _row(number, item, limits)


def _array_items(text: Text, limits: Limits) -> Iterator[tuple[int, Any]]:
    """Decode an array item by item: the buffer never holds more than one item and a chunk."""
    decoder, number, line = _json_decoder(), 0, 1
    with text.open() as stream:
        buffer, done = stream.read(_CHUNK).lstrip("\ufeff"), False
        place = len(buffer) - len(buffer.lstrip()) + 1
        line += buffer.count("\n", 0, place)
        wants_comma = False
        while True:
            while place < len(buffer) and buffer[place] in " \t\r\n":
                line += buffer[place] == "\n"
                place += 1
            if place >= len(buffer):
                if done:
                    raise _json_error(line, "the list is not closed")
                buffer, place = stream.read(_CHUNK), 0
                done = not buffer
                continue
            if buffer[place] == "]":
                rest = buffer[place + 1 :] + stream.read(_CHUNK)
                if rest.strip():
                    raise _json_error(line, "text after the list")
                return
            if wants_comma:
                if buffer[place] != ",":
                    raise _json_error(line, "a comma is missing")
                wants_comma, place = False, place + 1
                continue
            item, end = None, -1
            while end < 0:
                try:
                    item, end = decoder.raw_decode(buffer, place)
                except RecursionError:
                    raise IntakeError("nested_too_deep", limit=limits.max_depth) from None
                except ValueError as error:
                    if done or (getattr(error, "pos", 0) < len(buffer) - 16 and not _unfinished(error)):
                        raise _json_error(
                            line + buffer.count("\n", place, getattr(error, "pos", place)),
                            short(getattr(error, "msg", error)),
                        ) from None
                if end < 0 or (end == len(buffer) and not done):
                    # Either the item goes on in the next chunk, or it is a number that might: read on, in growing steps.
                    end = -1
                    if len(buffer) - place > limits.max_record:
                        raise IntakeError(
                            "record_too_large", row=number + 1, item=number + 1, limit=limits.max_record
                        )
                    more = stream.read(max(_CHUNK, len(buffer) - place))
                    done = not more
                    buffer, place = buffer[place:] + more, 0
                    if done:
                        continue
            number += 1
            yield number, item
            line += buffer.count("\n", place, end)
            buffer, place, wants_comma = buffer[end:], 0, True


def _unfinished(error: ValueError) -> bool:
    # The only error that points at its beginning rather than at the end of the text.
    return str(error).startswith(("Unterminated string", "Invalid \\"))


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def yaml_items(text: Text, limits: Limits) -> Iterator[tuple[int, int, Tree]]:
    """Yield ``(number, line, item)`` for each item of a top-level list, or for each list item inside a top-level mapping.

    Built from parser events and not from PyYAML's constructor: that is what makes it stream, and what leaves no place for
    tags that build objects or for aliases that multiply.
    """
    with text.open() as stream:
        yield from _yaml_items(
            yaml.parse(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), limits
        )


def _yaml_items(events: Iterator[Any], limits: Limits) -> Iterator[tuple[int, int, Tree]]:
    number = 0
    try:
        for event in events:
            if isinstance(
                event,
                (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent),
            ):
                continue
            if isinstance(event, yaml.SequenceStartEvent):
                _check(event)
                while not isinstance(event := next(events), yaml.SequenceEndEvent):
                    number += 1
                    yield (
                        number,
                        _line(event),
                        _yaml_node(event, events, limits.max_depth, [limits.max_record]),
                    )
                continue
            line = _line(event)
            value = _yaml_node(event, events, limits.max_depth, [16 * limits.max_record])
            if not isinstance(value, dict):
                raise IntakeError("yaml_no_list")
            for item in next((part for part in value.values() if isinstance(part, list)), [value]):
                number += 1
                yield number, line, item
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = short(getattr(error, "problem", None) or error)
        raise IntakeError("yaml_broken", line=mark.line + 1 if mark else "?", reason=reason) from None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _check(event: Any) -> None:
    if event.anchor is not None:
        raise IntakeError("yaml_alias", line=_line(event))
    if event.tag is not None and event.tag not in (
        "!",
        "tag:yaml.org,2002:str",
        "tag:yaml.org,2002:map",
        "tag:yaml.org,2002:seq",
    ):
        raise IntakeError("yaml_tag", tag=short(event.tag), line=_line(event))


def _yaml_node(event: Any, events: Iterator[Any], depth: int, room: list[int]) -> Tree:
    if depth < 0:
        raise IntakeError("nested_too_deep", limit=Limits().max_depth)
    if isinstance(event, yaml.AliasEvent):
        raise IntakeError("yaml_alias", line=_line(event))
    _check(event)
    room[0] -= len(getattr(event, "value", None) or "") + 1
    if room[0] < 0:
        raise IntakeError("record_too_large", item=_line(event), limit=Limits().max_record)
    if isinstance(event, yaml.ScalarEvent):
        return "" if event.style is None and event.value in _NULLS else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_yaml_node(event, events, depth - 1, room))
        return items
    found: dict[str, Tree] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _yaml_node(event, events, depth - 1, room)
        if not isinstance(key, str):
            raise IntakeError("yaml_broken", line=_line(event), reason="a key is not a text")
        found[key] = _yaml_node(next(events), events, depth - 1, room)
    return found


def yaml_rows(text: Text, limits: Limits) -> Iterator[tuple[int, dict[str, Tree] | RowProblem]]:
    """Yield the objects of a YAML list, counted from 1."""
    for number, _line, item in yaml_items(text, limits):
        yield number, item if isinstance(item, dict) else _row(number, item, limits)
