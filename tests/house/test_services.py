"""A write is a sentence: the subject first, everything else by name."""

import ast

import pytest

from tests.house.tree import APPS, python_files, read


def positional_excess(source: str) -> list[str]:
    """Public functions that take more than their subject by position, or take anything without a name."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        arguments = node.args
        if len(arguments.posonlyargs) + len(arguments.args) > 1 or arguments.vararg:
            found.append(node.name)
    return found


def _service_files() -> list[str]:
    return [
        name
        for name in python_files(under=tuple(APPS))
        if "/services/" in name or name.endswith("/services.py")
    ]


def test_services_take_everything_but_their_subject_by_name() -> None:
    found = {name: positional_excess(read(name)) for name in _service_files()}

    assert {name: functions for name, functions in found.items() if functions} == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def publish(rubric, *, by, at): ...", []),
        ("def create_line(*, code, by, at): ...", []),
        ("def _helper(a, b): ...", []),
        ("def publish(rubric, by, at): ...", ["publish"]),
        ("def tag(*accounts, by): ...", ["tag"]),
    ],
)
def test_a_positional_argument_too_many_is_found(source: str, expected: list[str]) -> None:
    assert positional_excess(source) == expected
