"""Where things are, and the environment the project's processes get."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
_BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = _BIN / ("python.exe" if os.name == "nt" else "python")


class Stop(Exception):
    """Ends the command with one clear message and exit code 1."""


def tool(name: str) -> str:
    """The path of a program inside the virtual environment."""
    return str(_BIN / name)


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(text, flush=True)


def load_dotenv() -> None:
    """Read `.env` as config/env.py does, because the workbench must know DATABASE_URL and VAR_DIR too."""
    path = ROOT / ".env"
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        key, sign, value = line.strip().partition("=")
        if sign and not key.startswith("#"):
            os.environ.setdefault(key.strip(), value.strip().strip("\"'"))


def var_dir() -> Path:
    """The directory of everything the hub writes; made when missing."""
    path = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    path = path if path.is_absolute() else ROOT / path
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(
            f"Cannot make {path}: {error.strerror}. Set VAR_DIR to a directory you may write to."
        ) from error
    return path


def child_environment(**more: str) -> dict[str, str]:
    """The environment of a child process: ours, with a HOME that exists and output that is not held back.

    A service account often has no home; pip, uv and Chromium then try to write to `/`.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **more}
    if not environment.get("HOME"):
        home = var_dir() / "home"
        home.mkdir(exist_ok=True)
        environment["HOME"] = str(home)
    environment.pop("PYTHONHOME", None)
    return environment


def is_terminal() -> bool:
    """Whether colour may be used (https://no-color.org)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
