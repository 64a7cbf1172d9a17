"""Files stay readable in one sitting, and no room is a drawer for anything."""

from pathlib import PurePosixPath

import pytest

from tests.house.tree import APPS, python_files, read

LONGEST = 450
_DRAWERS = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py", "signals.py"}


def too_long(text: str) -> bool:
    """Whether a file needs a split by noun."""
    return len(text.splitlines()) > LONGEST


def is_drawer(name: str) -> bool:
    """Whether a file name says nothing about what is inside."""
    return PurePosixPath(name).name in _DRAWERS


def test_no_python_file_is_longer_than_its_wall() -> None:
    assert [name for name in python_files() if too_long(read(name))] == []


def test_no_app_has_a_drawer() -> None:
    assert [name for name in python_files(under=(*APPS, "config")) if is_drawer(name)] == []


@pytest.mark.parametrize(("lines", "expected"), [(LONGEST, False), (LONGEST + 1, True)])
def test_a_wall_stands_at_its_line(lines: int, expected: bool) -> None:
    assert too_long("x = 1\n" * lines) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("coe/services/lines.py", False), ("coe/utils.py", True), ("metrics/signals.py", True)],
)
def test_a_drawer_is_known_by_its_name(name: str, expected: bool) -> None:
    assert is_drawer(name) is expected
