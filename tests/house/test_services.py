"""A write is a sentence: the subject first, everything else by name."""

import ast

import pytest

from tests.house.tree import APPS, python_files, read

# What happened stands before what it happened to: `record("line.archived", line, by=…, at=…)` reads as an event does.
_EVENTS = {("coe/services/history.py", "record")}


def positional_excess(source: str) -> list[str]:
    """Public writes (they know an actor, `by`) with more than their subject by position; any `by` or `at` by position."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        arguments = node.args
        positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        named = [argument.arg for argument in arguments.kwonlyargs]
        is_write = "by" in (*positional, *named)
        if {"by", "at"} & set(positional) or (is_write and (len(positional) > 1 or arguments.vararg)):
            found.append(node.name)
    return found


def _service_files() -> list[str]:
    return [
        name
        for name in python_files(under=tuple(APPS))
        if "/services/" in name or name.endswith("/services.py")
    ]


def test_services_take_everything_but_their_subject_by_name() -> None:
    found = {(name, function) for name in _service_files() for function in positional_excess(read(name))}

    assert found - _EVENTS == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def publish(rubric, *, by, at): ...", []),
        ("def create_line(*, code, by, at): ...", []),
        ("def _helper(a, by): ...", []),
        ("def scores(lines, on): ...", []),
        ("def publish(rubric, by, at): ...", ["publish"]),
        ("def tag(*accounts, by): ...", ["tag"]),
        ("def assign(line, user, *, by, at): ...", ["assign"]),
        ("def settle(rows, at): ...", ["settle"]),
    ],
)
def test_a_positional_argument_too_many_is_found(source: str, expected: list[str]) -> None:
    assert positional_excess(source) == expected
