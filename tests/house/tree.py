"""The files of the house, for the rules in this folder."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ["coe", "training", "governance", "metrics"]


@cache
def files() -> tuple[str, ...]:
    """Every file that is in git, or would be added, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(name for name in output.splitlines() if (ROOT / name).is_file()))


def python_files(*, under: tuple[str, ...] = ()) -> list[str]:
    """The Python files, without migrations; `under` limits to folders."""
    return [
        name
        for name in files()
        if name.endswith(".py")
        and "/migrations/" not in name
        and (not under or name.startswith(tuple(f"{folder}/" for folder in under)))
    ]


def read(name: str) -> str:
    """The text of one file; bytes that are no UTF-8 come back as replacement signs."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def text_files() -> list[str]:
    """Files a person reads: no picture, no catalogue, nothing vendored."""
    binary = {".png", ".jpg", ".ico", ".mo", ".woff", ".woff2", ".gz", ".xlsx", ".zip"}
    return [name for name in files() if Path(name).suffix not in binary and "/vendor/" not in name]
