"""Makes `.venv` and brings it to a lock file; does nothing, and needs no network, when it already is there."""

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

from workbench.places import PYTHON, ROOT, VENV, Stop, child_environment, say, var_dir

RUNTIME = "requirements.lock"
DEV = "requirements-dev.lock"
_STAMP = VENV / "installed.json"
_NO_VENV = (
    "Python has no venv module here, and uv is not installed. On Debian and Ubuntu: apt-get install python3-venv "
    "(elsewhere: install uv). Then run the same command again."
)


def ensure(lock: str = RUNTIME) -> None:
    """Make sure the virtual environment exists and holds what `lock` names.

    :raises Stop: when Python cannot make one, or the installation fails; the whole output is in a log file then.
    """
    with _one_at_a_time():
        if not _is_alive():
            _make()
        stamp = _read_stamp()
        wanted = _hash(lock)
        if stamp.get(lock) == wanted:
            return
        started = time.monotonic()
        say(f"Installing what {lock} names …")
        _install(lock)
        stamp[lock] = wanted
        if lock == DEV:
            # The dev lock holds every runtime pin (tests/house/test_locks.py), so the runtime lock is satisfied too.
            stamp[RUNTIME] = _hash(RUNTIME)
        _STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        say(f"Installed in {time.monotonic() - started:.0f} s.")


def is_ready(lock: str = RUNTIME) -> bool:
    """Whether `ensure(lock)` has nothing to do."""
    return PYTHON.exists() and _read_stamp().get(lock) == _hash(lock)


def _hash(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(_STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _is_alive() -> bool:
    """A venv whose Python was upgraded away still has its files; only starting it tells."""
    if not PYTHON.exists():
        return False
    if _STAMP.exists():
        return True
    return subprocess.run(
        [PYTHON, "-c", "import pip"], capture_output=True, check=False
    ).returncode == 0 or bool(shutil.which("uv"))


def _make() -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    uv = shutil.which("uv")
    say("Making .venv …")
    if uv:
        command = [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=_install_environment())
    if result.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    output = result.stdout + result.stderr
    if "ensurepip" in output or "No module named venv" in output:
        raise Stop(_NO_VENV)
    raise Stop(f"Could not make .venv:\n{output.strip()}")


def _install(lock: str) -> None:
    """With uv when it is there; with pip when it is not, or when uv cannot reach what pip is configured to reach.

    `--no-deps`, since the lock names everything: asked to resolve as well, pip before 25 takes the newest release of what another
    package wants with an extra (`coverage[toml]`), finds no hash for it and installs nothing, from the day such a release appears.
    `tests/house/test_locks.py` holds the lock complete.
    """
    output = ""
    for command in _installers():
        result = subprocess.run(
            [*command, "--quiet", "--no-deps", "--require-hashes", "-r", lock],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env=_install_environment(),
        )
        if result.returncode == 0:
            return
        output += result.stdout + result.stderr
    log = var_dir() / "install.log"
    log.write_text(output, encoding="utf-8")
    errors = [line for line in output.splitlines() if "rror" in line][-4:]
    raise Stop("\n".join([f"Could not install {lock}; everything it said is in {log}.", *errors]))


def _installers() -> Iterator[list[str]]:
    uv = shutil.which("uv")
    if uv:
        yield [uv, "pip", "install", "--python", str(PYTHON)]
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        # uv makes environments without pip; Python carries one.
        subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True, check=False)
    yield [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


def _install_environment() -> dict[str, str]:
    return child_environment(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1", UV_LINK_MODE="copy")


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two terminals may call `./run` at once; the second waits for the first to finish installing."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (var_dir() / "install.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
