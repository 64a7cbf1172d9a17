"""`./run`: bring the hub to a usable page and keep it there."""

import argparse
import contextlib
import hashlib
import ipaddress
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from workbench import venv
from workbench.places import PYTHON, ROOT, Stop, child_environment, load_dotenv, say, tool, var_dir
from workbench.supervisor import Child, Supervisor

DEFAULT_PORT = 8000
_PORTS_TO_TRY = 20
_READY_SECONDS = 90.0
_APPS = ["coe", "training", "governance", "metrics"]
QUEUES = "ingest,score,timers,deliver"


def start(arguments: list[str]) -> int:
    """Install, migrate, load the demo on the first start, run web and worker until Ctrl-C."""
    began = time.monotonic()
    options = _parse(arguments)
    load_dotenv()
    if os.environ.get("COE_MODE", "embedded") != "embedded":
        raise Stop("./run starts the embedded mode only. For COE_MODE=production see docker-compose.yml.")
    is_public = not _is_loopback(options.host)
    port = _choose_port(options.host, options.port)
    venv.ensure(venv.RUNTIME)
    environment = _environment(options.host, port)
    with _only_one(var_dir(), _address(options.host, port)):
        _prepare(environment, with_demo=not (options.no_demo or is_public))
        logins = _Logins(environment)
        if is_public and logins.read():
            raise Stop(
                "The demo company's log-ins are known to everybody, so they stay on the loopback address. "
                "Leave the demo first (./run manage demo --leave), or start without --host."
            )
        supervisor = Supervisor(_children(options, port, environment), directory=ROOT)
        try:
            supervisor.start()
            if _wait_until_ready(supervisor, options.host, port):
                _greet(_address(options.host, port), logins.read(), time.monotonic() - began)
                supervisor.watch()
        finally:
            supervisor.note("stopping …")
            supervisor.stop()
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run", description="Start COE Hub: web and worker, until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help=f"port (default: {DEFAULT_PORT}, or the next free one)")
    parser.add_argument(
        "--no-demo", action="store_true", help="do not load the demo company on the first start"
    )
    parser.add_argument("--reload", action="store_true", help="restart the web process when the code changes")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    options = parser.parse_args(arguments)
    if options.port is not None and not 0 < options.port < 65536:
        parser.error(f"--port {options.port}: a port is between 1 and 65535")
    return options


# --- address ------------------------------------------------------------------------------------


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _choose_port(host: str, wanted: int | None) -> int:
    if wanted is not None:
        problem = _why_not(host, wanted)
        if problem:
            raise Stop(f"Cannot listen on {host} port {wanted}: {problem}. Choose another with --port.")
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TO_TRY):
        problem = _why_not(host, port)
        if not problem:
            if port != DEFAULT_PORT:
                say(f"Port {DEFAULT_PORT} is taken; using {port}.")
            return port
    raise Stop(
        f"Cannot listen on {host}: {problem} (tried {DEFAULT_PORT} to {port}). Choose one with --port."
    )


def _why_not(host: str, port: int) -> str:
    """An empty string when the port is free, otherwise what the system says."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


# --- preparation ----------------------------------------------------------------------------


def _environment(host: str, port: int) -> dict[str, str]:
    more = {"COE_MODE": "embedded", "COE_BIND": host}
    if "BASE_URL" not in os.environ:
        more["BASE_URL"] = _address(host, port)
    if "ALLOWED_HOSTS" not in os.environ and not _is_loopback(host):
        names = {"localhost", "127.0.0.1", "[::1]", socket.gethostname()}
        more["ALLOWED_HOSTS"] = ",".join(sorted(names | ({host} - {"0.0.0.0", "::"})))
    # whitenoise warns of a static folder that is not there; in this mode it serves from the sources.
    (var_dir() / "staticfiles").mkdir(exist_ok=True)
    return child_environment(VAR_DIR=str(var_dir()), **more)


def _prepare(environment: dict[str, str], *, with_demo: bool) -> None:
    """Migrate and load the demo, unless the stamp says that nothing changed since the last start."""
    path = var_dir() / "start.json"
    key = _state_of_the_code()
    stamp = _read(path)
    has_database = bool(os.environ.get("DATABASE_URL")) or (var_dir() / "coe.sqlite3").exists()
    if stamp.get("key") == key and has_database:
        return
    is_first = not stamp or not has_database
    say("Preparing the database …")
    _manage(environment, "prepare")
    if is_first and with_demo:
        say("Loading the demo company …")
        # Refuses politely (and loads nothing) when the database already holds a hub.
        _manage(environment, "demo", "--if-empty")
    path.write_text(json.dumps({"key": key}), encoding="utf-8")


def _state_of_the_code() -> str:
    """A digest of what a migration depends on: migration files, locks and the database asked for."""
    digest = hashlib.sha256((ROOT / venv.RUNTIME).read_bytes())
    digest.update(os.environ.get("DATABASE_URL", "").encode())
    for app in _APPS:
        for file in sorted((ROOT / app / "migrations").glob("*.py")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _manage(environment: dict[str, str], *arguments: str) -> None:
    result = subprocess.run([PYTHON, ROOT / "manage.py", *arguments], cwd=ROOT, env=environment, check=False)
    if result.returncode:
        raise Stop(f"`./run manage {' '.join(arguments)}` failed; what it said stands above.")


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


@contextlib.contextmanager
def _only_one(directory: Path, address: str) -> Iterator[None]:
    """Hold the lock that says a hub runs in this directory, and tell the second caller where the first one is."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    path = directory / "run.lock"
    handle: TextIO
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            where = handle.read().strip() or "another terminal"
            raise Stop(
                f"COE Hub already runs here: {where}. Stop it there, or set another VAR_DIR."
            ) from None
        handle.truncate(0)
        handle.write(address)
        handle.flush()
        yield
        handle.truncate(0)


# --- processes ------------------------------------------------------------------------------


def _children(options: argparse.Namespace, port: int, environment: dict[str, str]) -> list[Child]:
    bind = f"[{options.host}]:{port}" if ":" in options.host else f"{options.host}:{port}"
    web = [tool("python"), "-m", "gunicorn", "config.wsgi:application", "--bind", bind]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--timeout", "120"]
    web += ["--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
    web += ["--reload"] if options.reload else []
    worker = [tool("python"), "-m", "celery", "--quiet", "-A", "config", "worker", "-B", "-Q", QUEUES]
    worker += ["--concurrency", str(options.workers), "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # Beat wakes a task every few seconds; at the usual level the log would show nothing else.
    quiet = {"LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Celery warns root at every start; on the loopback, in a container or CI, root is who we are.
        quiet["PYTHONWARNINGS"] = "ignore::UserWarning:celery.platforms"
    return [Child("web", web, environment), Child("worker", worker, {**environment, **quiet})]


def _wait_until_ready(supervisor: Supervisor, host: str, port: int) -> bool:
    """True when the page answers; false when a signal came first.

    :raises Stop: when it does not answer in time, or a process keeps crashing.
    """
    url = f"{_address(host, port)}/status/"
    deadline = time.monotonic() + _READY_SECONDS
    answer = ""

    def is_over() -> bool:
        nonlocal answer
        answer = _get(url)
        return answer == "200" or time.monotonic() > deadline or supervisor.crashes() >= 3

    supervisor.watch(until=is_over)
    if supervisor.is_stopping:
        return False
    if answer == "200":
        return True
    raise Stop(f"The hub did not become ready: {url} said {answer or 'nothing'}. The log above tells why.")


def _get(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError:
        return ""


class _Logins:
    """Asks `manage.py demo --logins` while web and worker start, which saves two seconds at every start."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [str(PYTHON), str(ROOT / "manage.py"), "demo", "--logins"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._lines: list[str] | None = None

    def read(self) -> list[str]:
        """One line for each log-in; none when the hub has left its demo."""
        if self._lines is None:
            # As long as it takes: on a busy machine a limit stopped a hub that was as good as up.
            output, _ = self._process.communicate()
            self._lines = [line for line in output.splitlines() if line.strip()]
            if self._process.returncode:
                self._lines = []
        return self._lines


def _greet(address: str, logins: list[str], seconds: float) -> None:
    lines = ["", f"  COE Hub is ready: {address}/   ({seconds:.1f} s)", ""]
    if logins:
        lines += ["  Demo log-ins (this machine only):", *(f"    {line}" for line in logins), ""]
    else:
        lines += ["  No one to log in yet? ./run manage createsuperuser", ""]
    lines += ["  Ctrl-C stops it.", ""]
    say("\n".join(lines))
