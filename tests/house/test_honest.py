"""The plugin `tests.plugins.honest`: under CI=true a skip is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

_SKIPPED = "import pytest\ndef test_x():\n    pytest.skip('no browser here')\n"
_MODULE = "import pytest\npytest.skip('no data here', allow_module_level=True)\n"
_PASSED = "import pytest\ndef test_x():\n    pass\n@pytest.mark.xfail(strict=True)\ndef test_y():\n    assert False\n"


def _run(directory: Path, source: str, *, ci: str) -> tuple[int, str]:
    (directory / "test_it.py").write_text(source, encoding="utf-8")
    (directory / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins.honest"]
    command += ["-p", "no:django", "-p", "no:randomly", "-p", "no:cacheprovider"]
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return result.returncode, result.stdout


@pytest.mark.parametrize(("source", "reason"), [(_SKIPPED, "no browser here"), (_MODULE, "no data here")])
def test_a_skip_fails_on_ci_and_says_what_it_said(tmp_path: Path, source: str, reason: str) -> None:
    code, output = _run(tmp_path, source, ci="true")

    assert code in {1, 2}
    assert f"skipped under CI=true, where everything must run. It said: Skipped: {reason}" in output


def test_a_skip_stays_a_skip_elsewhere(tmp_path: Path) -> None:
    code, output = _run(tmp_path, _SKIPPED, ci="")

    assert (code, "1 skipped" in output) == (0, True)


def test_passed_and_expected_failures_stay_on_ci(tmp_path: Path) -> None:
    code, output = _run(tmp_path, _PASSED, ci="true")

    assert (code, "1 passed, 1 xfailed" in output) == (0, True)


def test_no_test_at_all_is_a_failure(tmp_path: Path) -> None:
    code, _ = _run(tmp_path, "x = 1\n", ci="true")

    assert code == 5
