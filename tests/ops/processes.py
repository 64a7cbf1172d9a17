"""Real processes and a browser-like client for the tests marked `processes`."""

import contextlib
import http.client
import http.cookies
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_true: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Poll a condition of another process; fails with `what` when it never holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass
class Running:
    """A process whose output is kept for the failure message."""

    name: str
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip() for line in self.process.stdout)

    def said(self, words: str) -> bool:
        """Whether a line so far holds the words; fails when the process is gone without having said them."""
        if any(words in line for line in list(self.lines)):
            return True
        if self.process.poll() is not None:
            self._reader.join(5)
            if not any(words in line for line in self.lines):
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n" + self.tail())
        return False

    def tail(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self.lines[-40:])

    def end(self, number: int = signal.SIGTERM, *, seconds: float = 30.0) -> int:
        """Send a signal and return the exit code; kills the whole group when it does not end in time."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = -int(signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], cwd: Path = ROOT
) -> Iterator[Running]:
    """Start a process in a group of its own and make sure that nothing of it is left."""
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    child = Running(name, process)
    try:
        yield child
    finally:
        child.end()


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


class Client:
    """One visitor with cookies, behind a proxy that ends TLS (so secure cookies come back to it)."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", is_https: bool = False) -> None:
        self.port = port
        self.host = host
        self.is_https = is_https
        self.cookies: http.cookies.SimpleCookie = http.cookies.SimpleCookie()

    def get(self, path: str, **headers: str) -> Answer:
        """GET; redirects are not followed."""
        return self._ask("GET", path, None, headers)

    def post_form(self, path: str, **fields: str) -> Answer:
        """POST a form with the CSRF token of this visitor."""
        body = urlencode({"csrfmiddlewaretoken": self.csrf, **fields}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, payload: object, **headers: str) -> Answer:
        """POST JSON in this visitor's session."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.csrf, **headers}
        return self._ask("POST", path, json.dumps(payload).encode(), headers)

    def log_in(self, email: str, password: str) -> Answer:
        """Log in as a person does: open the form, send it."""
        self.get("/auth/login/")
        return self.post_form("/auth/login/", login=email, password=password)

    @property
    def csrf(self) -> str:
        """The CSRF cookie's value, empty before the first form."""
        return self.cookies["csrftoken"].value if "csrftoken" in self.cookies else ""

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        scheme = "https" if self.is_https else "http"
        origin = f"{scheme}://{self.host}" + ("" if self.is_https else f":{self.port}")
        sent = {
            "Host": origin.split("//")[1],
            "Referer": f"{origin}/",
            "X-Forwarded-Proto": scheme,
            **headers,
        }
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        for value in response.headers.get_all("Set-Cookie") or []:
            self.cookies.load(value)
        return Answer(response.status, dict(response.headers.items()), text)

    def answers(self, path: str = "/status/") -> bool:
        """Whether a page is there yet."""
        try:
            return self.get(path).status == 200
        except (OSError, http.client.HTTPException):
            return False
