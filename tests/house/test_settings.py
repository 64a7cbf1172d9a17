"""Every setting the code reads from the environment is told in `.env.example`, and nothing else is."""

import re

from tests.house.tree import APPS, python_files, read

_READ = re.compile(r"""\b(?:text|flag|integer|words|choice|database)\(\s*"([A-Z][A-Z0-9_]+)\"""")
_TOLD = re.compile(r"^#?\s?([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def names_read(source: str) -> set[str]:
    """Names that the typed readers of config/env.py are asked for."""
    return set(_READ.findall(source))


def names_told(text: str) -> set[str]:
    """Names in an environment file, set or commented out; NAME_FILE belongs to NAME."""
    return {name.removesuffix("_FILE") for name in _TOLD.findall(text)}


def reads_environment(source: str) -> bool:
    """Whether a module goes past the typed readers."""
    return bool(re.search(r"os\.(?:environ|getenv)", source))


def test_the_example_tells_exactly_what_the_settings_read() -> None:
    read_names = names_read(read("config/settings.py")) | names_read(read("config/env.py"))

    assert names_told(read(".env.example")) == read_names


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"config/env.py", "config/celery.py", "config/wsgi.py", "config/asgi.py", "manage.py"}
    found = [name for name in python_files(under=(*APPS, "config")) if reads_environment(read(name))]

    assert [name for name in found if name not in allowed] == []


def test_a_missing_name_is_found() -> None:
    assert names_read('A = env.text("COE_A", "x")\nB = env.flag(\n    "COE_B", True)') - names_told(
        "# COE_A=1\n"
    ) == {"COE_B"}


def test_a_direct_read_is_found() -> None:
    assert reads_environment('os.environ["X"]')
    assert not reads_environment("settings.X")
