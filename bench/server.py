"""gunicorn as in production (2 processes of 2 threads), and a client that keeps its connection and accepts nothing but 2xx."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

WORKERS, THREADS = 2, 2
_READY_SECONDS = 60


class Failed(AssertionError):
    """The server said something else than 2xx, or did not start; no figure comes of it."""


@dataclass
class Client:
    """One connection at a time; `fresh` takes a new one, which another of the processes may answer."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def fresh(self) -> None:
        """Drop the connection; the next request opens another."""
        self._connection.close()

    def request(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> bytes:
        """The body of an answer.

        :raises Failed: its status is not 2xx.
        """
        return self._ask(path, method, body, headers)[1]

    def queries(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        each: Callable[[], None] = lambda: None,
        **headers: str,
    ) -> int:
        """How many statements a request costs once the process is warm; `each` runs before every try."""
        headers["X-Count-Queries"] = "1"
        counts = []
        for _ in range(1 if body else 6):
            each()
            counts.append(int(self._ask(path, method, body, headers)[0]["X-Queries"] or -1))
        return min(counts)

    def _ask(
        self, path: str, method: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPMessage, bytes]:
        self._connection.request(method, path, body=body, headers={**self.headers, **headers})
        response = self._connection.getresponse()
        answer = response.read()
        if not 200 <= response.status < 300:
            raise Failed(f"{method} {path} said {response.status}: {answer[:500].decode(errors='replace')}")
        return response.headers, answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """Run the server while the block runs; gives its port."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS)]
    command += ["--keep-alive", "300", "--timeout", "300", "--log-level", "warning", "--no-control-socket"]
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings"})
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Client(port).request("/status/")
            return
        except (OSError, Failed):
            time.sleep(0.2)
    raise Failed("gunicorn did not answer; what it said stands above")
