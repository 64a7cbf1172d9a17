"""`./run check`: what a machine can see without running a test."""

import difflib
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from workbench import translations
from workbench.places import PYTHON, ROOT, child_environment, is_terminal, say, tool

SCHEMA = ROOT / "docs" / "api" / "openapi.yaml"


def check(arguments: list[str]) -> int:
    """Run every check, also after one failed, and tell which did; `--fix` mends what can be mended first."""
    if "--fix" in arguments:
        _fix()
    failed = []
    for name, step in _STEPS.items():
        started = time.monotonic()
        problem = step()
        seconds = f"{time.monotonic() - started:.1f} s"
        if problem:
            failed.append(name)
            say(f"{_mark(False)} {name} ({seconds})\n{problem.rstrip()}\n")
        else:
            say(f"{_mark(True)} {name} ({seconds})")
    if failed:
        say(f"\n{len(failed)} of {len(_STEPS)} checks failed: {', '.join(failed)}")
        return 1
    say(f"\nAll {len(_STEPS)} checks passed.")
    return 0


def _mark(good: bool) -> str:
    if not is_terminal():
        return "ok  " if good else "FAIL"
    return "\033[32m✓\033[0m" if good else "\033[31m✗\033[0m"


def _output_of_failure(command: list[str], **environment: str) -> str:
    """What the command said if it failed; an empty string if it went well."""
    result = subprocess.run(
        command, cwd=ROOT, env=child_environment(**environment), capture_output=True, text=True, check=False
    )
    if result.returncode == 0:
        return ""
    return (result.stdout + result.stderr) or f"exit code {result.returncode}"


def _fix() -> None:
    for command in (["check", "--fix", "--quiet", "."], ["format", "--quiet", "."]):
        subprocess.run([tool("ruff"), *command], cwd=ROOT, check=False)
    subprocess.run([tool("djade"), "--target-version", "5.2", *_template_files()], cwd=ROOT, check=False)
    SCHEMA.parent.mkdir(parents=True, exist_ok=True)
    _manage("spectacular", "--file", str(SCHEMA))
    translations.renew()


def _manage(*arguments: str, **environment: str) -> str:
    return _output_of_failure(
        [str(PYTHON), "-W", "ignore", str(ROOT / "manage.py"), *arguments], **environment
    )


def _lint() -> str:
    return _output_of_failure([tool("ruff"), "check", "."])


def _format() -> str:
    return _output_of_failure([tool("ruff"), "format", "--check", "."])


def _imports() -> str:
    return _output_of_failure([tool("lint-imports"), "--no-cache"])


def _types() -> str:
    return _output_of_failure([tool("mypy"), "coe", "training", "governance", "metrics"])


def _templates() -> str:
    return _output_of_failure([tool("djade"), "--check", "--target-version", "5.2", *_template_files()])


def _template_files() -> list[str]:
    return [
        str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("**/templates/**/*.html")) if _is_ours(path)
    ]


def _is_ours(path: Path) -> bool:
    return not any(
        part.startswith(".") or part in {"var", "node_modules"} for part in path.relative_to(ROOT).parts
    )


def _migrations() -> str:
    return _manage("makemigrations", "--check", "--dry-run")


def _deploy() -> str:
    """Django's own deployment check, with the environment a production start would have."""
    with tempfile.TemporaryDirectory() as directory:
        return _manage(
            "check",
            "--deploy",
            "--fail-level",
            "WARNING",
            COE_MODE="production",
            SECRET_KEY=secrets.token_urlsafe(64),
            ALLOWED_HOSTS="hub.example.org",
            BASE_URL="https://hub.example.org",
            VAR_DIR=directory,
        )


def _schema() -> str:
    """The committed OpenAPI schema is the one the code makes, and it has no warning."""
    with tempfile.TemporaryDirectory() as directory:
        made = Path(directory) / "openapi.yaml"
        problem = _manage("spectacular", "--file", str(made), "--validate", "--fail-on-warn")
        if problem:
            return problem
        if not SCHEMA.exists():
            return f"{SCHEMA.relative_to(ROOT)} is missing. `./run check --fix` writes it."
        old, new = SCHEMA.read_text(encoding="utf-8"), made.read_text(encoding="utf-8")
    if old == new:
        return ""
    diff = list(
        difflib.unified_diff(old.splitlines(), new.splitlines(), "committed", "made", lineterm="", n=1)
    )
    return "\n".join([*diff[:60], "…", "The committed schema is stale. `./run check --fix` renews it."])


_STEPS: dict[str, Callable[[], str]] = {
    "ruff": _lint,
    "format": _format,
    "floors and rooms": _imports,
    "types": _types,
    "templates": _templates,
    "migrations": _migrations,
    "deployment": _deploy,
    "API schema": _schema,
    "translations": translations.problems,
}
