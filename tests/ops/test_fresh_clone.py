"""A newcomer's first minute: clone, one command, a hub in the browser; then stop it and start it again."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, Client, free_port, running, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

_LOGIN = re.compile(r"(\S+@\S+)\s+(\S+)")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of what is committed, as somebody else would get it."""
    target = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target)], check=True, timeout=120
    )
    return target


def _newcomer(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty home and nothing of ours: only the system's Python and its package settings."""
    home = tmp_path / "home"
    home.mkdir()
    kept = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG")
    passed = {name: value for name, value in os.environ.items() if name.upper().startswith(kept)}
    return {**passed, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home)}


def test_one_command_makes_a_living_hub_in_a_fresh_clone(clone: Path, tmp_path: Path) -> None:
    environment = _newcomer(tmp_path)
    port = free_port()
    client = Client(port)

    with running("run", ["./run", "--port", str(port)], environment=environment, cwd=clone) as first:
        wait_until(lambda: first.said("COE Hub is ready"), "the first start is ready", seconds=300)
        wait_until(lambda: first.said("Ctrl-C stops it"), "the greeting is complete")
        logins = [match.groups() for line in first.lines if (match := _LOGIN.search(line))]
        assert f"http://127.0.0.1:{port}/" in "\n".join(first.lines)
        assert len(logins) == 3
        assert client.log_in(*logins[0]).status == 302
        assert client.get("/").status == 200
        assert first.end() == 0

    # Offline, as in a train: nothing may be asked of a package index any more.
    offline = {**environment, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    with running("run", ["./run", "--port", str(port)], environment=offline, cwd=clone) as second:
        wait_until(lambda: second.said("COE Hub is ready"), "the second start is ready")
        assert client.get("/").status == 200
        assert second.end() == 0

    said = "\n".join(second.lines)
    assert [word for word in ("Installing", "Preparing", "Loading") if word in said] == []
    assert "Traceback" not in "\n".join(first.lines) + said
