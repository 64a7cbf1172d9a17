"""How `./run` makes its environment, on machines that lack something."""

import sys
from pathlib import Path

import pytest
from workbench import venv
from workbench.places import Stop


@pytest.fixture
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder without environment, on a machine without uv."""
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(venv, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(venv, "_STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setattr(venv.shutil, "which", lambda name: None)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return tmp_path


def _python_that_says(directory: Path, words: str) -> str:
    fake = directory / "python3"
    fake.write_text(f"#!/bin/sh\necho '{words}'\nexit 1\n")
    fake.chmod(0o755)
    return str(fake)


@pytest.mark.parametrize(
    "words",
    ["/usr/bin/python3: No module named venv", "not created successfully because ensurepip is not available"],
)
def test_a_missing_venv_module_gets_the_one_line_that_helps(
    empty_project: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(sys, "executable", _python_that_says(empty_project, words))

    with pytest.raises(Stop, match="apt-get install python3-venv"):
        venv.ensure(venv.RUNTIME)

    assert not (empty_project / ".venv").exists()


def test_another_failure_is_shown_as_it_is(empty_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", _python_that_says(empty_project, "No space left on device"))

    with pytest.raises(Stop, match=r"Could not make \.venv:\nNo space left on device"):
        venv.ensure(venv.RUNTIME)


def test_nothing_is_asked_of_anybody_when_the_lock_is_installed(
    empty_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_project / ".venv" / "bin").mkdir(parents=True)
    (empty_project / ".venv" / "bin" / "python").touch()
    (empty_project / ".venv" / "installed.json").write_text(
        f'{{"{venv.RUNTIME}": "{venv._hash(venv.RUNTIME)}"}}'
    )
    monkeypatch.setattr(venv.subprocess, "run", None)

    venv.ensure(venv.RUNTIME)


def test_a_changed_lock_is_noticed(empty_project: Path) -> None:
    (empty_project / ".venv" / "bin").mkdir(parents=True)
    (empty_project / ".venv" / "bin" / "python").touch()
    (empty_project / ".venv" / "installed.json").write_text(f'{{"{venv.RUNTIME}": "another"}}')

    assert not venv.is_ready(venv.RUNTIME)
