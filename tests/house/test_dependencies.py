"""No reason, no dependency."""

import re
import tomllib

from packaging.requirements import Requirement

from tests.house.tree import read

_ENTRY = re.compile(r'^\s*"([a-zA-Z0-9][^"]*)",?\s*$')


def without_reason(pyproject: str) -> list[str]:
    """Requirements whose line above is no comment."""
    wanted = {str(requirement) for group in _groups(pyproject) for requirement in group}
    lines = pyproject.splitlines()
    found = []
    for above, line in zip(["", *lines], lines, strict=False):
        match = _ENTRY.match(line)
        if match and match.group(1) in wanted and not above.strip().startswith("# "):
            found.append(match.group(1))
    return found


def _groups(pyproject: str) -> list[list[str]]:
    data = tomllib.loads(pyproject)
    return [
        data["project"]["dependencies"],
        *data["project"].get("optional-dependencies", {}).values(),
        *data.get("dependency-groups", {}).values(),
    ]


def test_every_dependency_has_a_reason() -> None:
    assert without_reason(read("pyproject.toml")) == []


def test_every_dependency_is_bounded_below() -> None:
    loose = [
        text for group in _groups(read("pyproject.toml")) for text in group if not Requirement(text).specifier
    ]

    assert loose == []


def test_a_dependency_without_reason_is_found() -> None:
    text = '[project]\nname = "x"\ndependencies = [\n  # Why.\n  "django>=5",\n  "celery>=5",\n]\n'

    assert without_reason(text) == ["celery>=5"]
