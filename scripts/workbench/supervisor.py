"""Keeps a few child processes alive under one log, and ends all of them when it is told to end."""

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.places import is_terminal

GRACE_SECONDS = 10.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
# A child that lived this long is taken to have been healthy: its next crash starts from the short pause again.
_HEALTHY_SECONDS = 60.0
_COLOURS = ["\033[36m", "\033[35m", "\033[33m", "\033[32m"]
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: "subprocess.Popen[str] | None" = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    restart_at: float | None = None
    crashes: int = field(default=0)


class Supervisor:
    """Runs children until `stop()` is called or a signal arrives.

    A child that ends is started again after 1, 2, 4 … 30 seconds. SIGINT and SIGTERM ask every child to finish
    (SIGTERM) and kill what is left after ten seconds; a second signal kills at once.
    """

    def __init__(
        self, children: list[Child], *, directory: Path, log: Callable[[str], None] | None = None
    ) -> None:
        self.children = children
        self.directory = directory
        self._write = log or _print_line
        self._width = max(len(child.name) for child in [*children, Child("run", [], {})])
        self._colours = dict(zip([c.name for c in children], _COLOURS * len(children), strict=False))
        self._stopping = False
        self._wishes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        """Start every child and listen for signals."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        for child in self.children:
            self._start(child)

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what ends, until a signal arrives or `until()` is true."""
        while not self._stopping and not until():
            self._tend()
            with contextlib.suppress(queue.Empty):
                self._wishes.get(timeout=0.2)
                self._stopping = True

    @property
    def is_stopping(self) -> bool:
        """Whether a signal asked for the end."""
        return self._stopping

    def crashes(self) -> int:
        """How many times a child ended by itself so far."""
        return sum(child.crashes for child in self.children)

    def stop(self) -> None:
        """End every child; returns when none is left."""
        self._stopping = True
        alive = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(process.poll() is None for process in alive):
            second_signal = False
            with contextlib.suppress(queue.Empty):
                self._wishes.get(timeout=0.05)
                second_signal = True
            if second_signal or time.monotonic() > deadline:
                break
        for process in alive:
            # The whole group, so that no pool process or web worker outlives its parent.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def note(self, text: str) -> None:
        """A line of the supervisor itself in the common log."""
        self._log("run", text)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._wishes.put(signal.Signals(number).name)

    def _start(self, child: Child) -> None:
        child.restart_at = None
        child.started = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            cwd=self.directory,
            env=child.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A session of its own: Ctrl-C reaches only us, and each child gets exactly one SIGTERM.
            start_new_session=True,
            preexec_fn=_end_with_parent if _LIBC else None,
        )
        threading.Thread(target=self._copy, args=(child.name, child.process), daemon=True).start()

    def _copy(self, name: str, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._log(name, line.rstrip("\n"))

    def _tend(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.restart_at is not None:
                if now >= child.restart_at:
                    self._start(child)
                continue
            code = child.process.poll() if child.process else None
            if code is None:
                continue
            child.crashes += 1
            if now - child.started > _HEALTHY_SECONDS:
                child.pause = _FIRST_PAUSE
            self.note(f"{child.name} ended with {_tell(code)}; starting it again in {child.pause:.0f} s")
            child.restart_at = now + child.pause
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)

    def _log(self, name: str, text: str) -> None:
        label = f"{name:<{self._width}} |"
        if is_terminal():
            label = f"{self._colours.get(name, '')}{label}\033[0m"
        self._write(f"{label} {text}")


def _tell(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _print_line(text: str) -> None:
    # One write a line: two threads never mix inside a line.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _load_libc() -> "ctypes.CDLL | None":
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None


_LIBC = _load_libc()


def _end_with_parent() -> None:
    """Linux: have the kernel send SIGTERM when `./run` itself is killed, so that no worker is left behind."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
