"""The supervisor of `./run`, with real processes that need no hub."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
_STUBBORN = (
    "import signal,time;signal.signal(signal.SIGTERM,signal.SIG_IGN);print('deaf',flush=True);time.sleep(60)"
)
_POLITE = "import time;print('up',flush=True);time.sleep(60)"


def _supervise(tmp_path: Path, *codes: str, body: str) -> "subprocess.Popen[str]":
    """A `./run`-like process whose children run `codes`; `body` may use `supervisor`."""
    script = textwrap.dedent(
        f"""
        import os, sys
        sys.path.insert(0, {str(SCRIPTS)!r})
        from pathlib import Path
        from workbench import supervisor as module
        module._FIRST_PAUSE = 0.1
        module.GRACE_SECONDS = 0.5
        children = [
            module.Child(f"c{{n}}", [sys.executable, "-c", code], dict(os.environ), pause=0.1)
            for n, code in enumerate({list(codes)!r})
        ]
        supervisor = module.Supervisor(children, directory=Path({str(tmp_path)!r}))
        supervisor.start()
        """
    ) + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


_UNTIL_SIGNAL = """
supervisor.watch()
supervisor.stop()
print("left:", [c.process.poll() is None for c in children], flush=True)
"""


def _read_until(process: "subprocess.Popen[str]", *words: str) -> None:
    assert process.stdout is not None
    wanted = set(words)
    for line in process.stdout:
        wanted = {word for word in wanted if word not in line}
        if not wanted:
            return
    raise AssertionError(f"ended without saying {wanted}")


def test_a_signal_ends_all_children_and_leaves_none(tmp_path: Path) -> None:
    process = _supervise(tmp_path, _POLITE, _POLITE, body=_UNTIL_SIGNAL)
    _read_until(process, "c0  | up", "c1  | up")

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)

    assert (process.returncode, "left: [False, False]" in output) == (0, True)


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    process = _supervise(tmp_path, _STUBBORN, body=_UNTIL_SIGNAL)
    _read_until(process, "deaf")

    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)

    assert (process.returncode, "left: [False]" in output) == (0, True)


def test_a_crashed_child_is_started_again_and_said_so(tmp_path: Path) -> None:
    body = """
    supervisor.watch(until=lambda: supervisor.crashes() >= 2)
    supervisor.stop()
    print("crashes:", supervisor.crashes(), flush=True)
    """
    process = _supervise(tmp_path, "import sys;sys.exit(3)", body=body)

    output, _ = process.communicate(timeout=20)

    assert "run | c0 ended with exit code 3; starting it again" in output
    assert "crashes: 2" in output


def test_children_end_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        return  # only Linux has the promise
    pid_file = tmp_path / "pid"
    code = f"import os,time;open({str(pid_file)!r},'w').write(str(os.getpid()));print('up',flush=True);time.sleep(60)"
    process = _supervise(tmp_path, code, body=_UNTIL_SIGNAL)
    _read_until(process, "up")
    child = psutil.Process(int(pid_file.read_text()))

    process.kill()
    process.communicate(timeout=20)

    _, alive = psutil.wait_procs([child], timeout=10)
    assert alive == []
