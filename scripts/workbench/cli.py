"""The commands of `./run`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from workbench import checks, start, venv
from workbench.places import PYTHON, ROOT, Stop, child_environment, load_dotenv, say, tool

HELP = """COE Hub

  ./run [--port N] [--host ADDRESS] [--no-demo] [--reload]
                        start the hub in a browser: installs, migrates, loads the demo company the first time
  ./run test [ARGS]     the tests (pytest's arguments; -m browser, -m processes for the other kinds)
  ./run check           everything a machine can see without running tests; --fix mends what can be mended
  ./run manage ARGS     Django's command line, e.g. ./run manage import_data --help
  ./run proof [ARGS]    the reliability proofs at full size
  ./run bench [ROW …]   how fast, as ratios to floors measured in the same run (docs/bench.md)
  ./run screenshots     make the screenshots of the README
  ./run install [--dev] only install
  ./run lock            renew the lock files after a change of pyproject.toml
"""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        return _dispatch(arguments)
    except Stop as stop:
        print(f"./run: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: list[str]) -> int:
    word = arguments[0] if arguments else ""
    if word in {"help", "-h", "--help"}:
        say(HELP)
        return 0
    if not word or word.startswith("-"):
        return start.start(arguments)
    if word == "start":
        return start.start(arguments[1:])
    if word not in _COMMANDS:
        raise Stop(f"there is no command {word!r}.\n\n{HELP}")
    return _COMMANDS[word](arguments[1:])


def _test(arguments: list[str]) -> int:
    venv.ensure(venv.DEV)
    return _run([str(PYTHON), "-m", "pytest", *arguments])


def _check(arguments: list[str]) -> int:
    venv.ensure(venv.DEV)
    return checks.check(arguments)


def _manage(arguments: list[str]) -> int:
    load_dotenv()
    venv.ensure(venv.RUNTIME)
    return _run([str(PYTHON), str(ROOT / "manage.py"), *arguments])


def _proof(arguments: list[str]) -> int:
    venv.ensure(venv.DEV)
    os.environ.setdefault("PROOF_SCALE", "1")
    return _run([str(PYTHON), "-m", "pytest", "-n0", "-m", "processes", "-v", *arguments])


def _bench(arguments: list[str]) -> int:
    venv.ensure(venv.RUNTIME)
    return _run([str(PYTHON), "-m", "bench", *arguments])


def _screenshots(arguments: list[str]) -> int:
    venv.ensure(venv.DEV)
    return _run([str(PYTHON), str(ROOT / "scripts" / "screenshots.py"), *arguments])


def _install(arguments: list[str]) -> int:
    venv.ensure(venv.DEV if "--dev" in arguments else venv.RUNTIME)
    return 0


def _lock(_arguments: list[str]) -> int:
    venv.ensure(venv.DEV)
    uv = shutil.which("uv") or tool("uv")
    common = [
        uv,
        "pip",
        "compile",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-header",
    ]
    common += ["--quiet", "pyproject.toml"]
    for more in (["-o", venv.RUNTIME], ["--group", "dev", "-c", venv.RUNTIME, "-o", venv.DEV]):
        code = _run([*common, *more])
        if code:
            return code
    return 0


def _run(command: list[str]) -> int:
    """Run a command from the project's root; its exit code is ours, and so is its Ctrl-C."""
    process = subprocess.Popen(command, cwd=ROOT, env=child_environment())
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue  # the child got it too and ends in its own way
        return code if code >= 0 else 128 - code


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "test": _test,
    "check": _check,
    "manage": _manage,
    "proof": _proof,
    "bench": _bench,
    "screenshots": _screenshots,
    "install": _install,
    "lock": _lock,
}
