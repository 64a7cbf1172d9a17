"""YAML read as plain data and nothing else.

Stricter than `yaml.safe_load`: no aliases (an alias bomb is nine lines long), no doubled keys, bounded
size and depth, and only true/false, integers, decimals and null are not text. YAML 1.1 would turn
`no`, `on`, `12:30` and `2026-01-31` into something else than their author wrote.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from metrics.scoring.errors import Problem, RubricInvalid

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_EVENTS = 100_000

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):
    """A safe loader with the resolvers of JSON, and no doubled keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None or key == "<<":
                raise _refusal(
                    key_node.start_mark, "A key must be plain text.", "Write a word before the colon."
                )
            if key in seen:
                raise _refusal(key_node.start_mark, f"The key “{key}” stands twice.", "Keep one of them.")
            seen.add(key)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return {str(key): value for key, value in found.items()}


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|false|False)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:null|Null|~|)$", ["n", "N", "~", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]{0,30})$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]{1,30}\.[0-9]{1,30}$", "-+0123456789"),
):
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def _refusal(mark: Any, message: str, remedy: str) -> RubricInvalid:
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "document"
    return RubricInvalid([Problem(where, message, remedy)])


def read_yaml(text: str | bytes) -> Any:
    """Read one YAML (or JSON) document as dictionaries, lists, text, numbers, booleans and None.

    :raises RubricInvalid: it is too large, too deep, not UTF-8, not YAML, or uses aliases, special tags
        or doubled keys.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problem = Problem(f"byte {error.start}", "The file is not UTF-8.", "Save it as UTF-8.")
            raise RubricInvalid([problem]) from error
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        message = f"The document is larger than {MAX_BYTES:,} bytes."
        raise RubricInvalid([Problem("document", message, "Split the model or shorten its texts.")])
    try:
        _guard_shape(text)
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - _PlainLoader descends from the safe loader
    except RubricInvalid:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _refusal(
            mark, f"This is not valid YAML: {what}.", "Check indentation, quotes and colons."
        ) from error


def _guard_shape(text: str) -> None:
    """Walk the parse events before anything is built, so that a bomb costs only its own length."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Base)):
        if count > MAX_EVENTS:
            raise _refusal(event.start_mark, f"There are more than {MAX_EVENTS:,} items.", "Split the model.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal(event.start_mark, "Anchors and aliases are not allowed.", "Write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refusal(event.start_mark, f"It nests deeper than {MAX_DEPTH} levels.", "Flatten it.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
