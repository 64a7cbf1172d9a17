"""An exception to a rule says which rule, and why."""

import io
import re
import tokenize

import pytest

from tests.house.tree import python_files, read

_NOQA = re.compile(r"#\s*noqa\b", re.IGNORECASE)
_GOOD_NOQA = re.compile(r"# noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s+(?:[-–—#(:]\s*)?\S+ \S+")
_IGNORE = re.compile(r"#\s*type:\s*ignore\b")
_GOOD_IGNORE = re.compile(r"# type: ignore\[[a-z, -]+\]\s+[-–—#(:]?\s*\S+ \S+")
_PRAGMA = re.compile(r"#\s*pragma:\s*no cover")
_GOOD_PRAGMA = re.compile(r"# pragma: no cover\s+[-–—#(:]?\s*\S+ \S+")
_RULES = [(_NOQA, _GOOD_NOQA), (_IGNORE, _GOOD_IGNORE), (_PRAGMA, _GOOD_PRAGMA)]


def silent_exceptions(source: str) -> list[str]:
    """Comments that switch a check off without code or reason."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        for asked, good in _RULES:
            if asked.search(token.string) and not good.search(token.string):
                found.append(token.string)
    return found


def test_no_exception_is_silent() -> None:
    found = {name: silent_exceptions(read(name)) for name in python_files()}

    assert {name: comments for name, comments in found.items() if comments} == {}


@pytest.mark.parametrize(
    "good",
    [
        "x = 1  # noqa: S603 - a fixed command",
        "x = 1  # type: ignore[arg-type] # the stub is wrong",
        'x = "# noqa"',
    ],
)
def test_an_exception_with_code_and_reason_passes(good: str) -> None:
    assert silent_exceptions(good + "\n") == []


@pytest.mark.parametrize(
    "bad",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: S603",
        "x = 1  # type: ignore",
        "x = 1  # type: ignore[arg-type]",
        "x = 1  # pragma: no cover",
    ],
)
def test_a_silent_exception_is_found(bad: str) -> None:
    assert len(silent_exceptions(bad + "\n")) == 1
