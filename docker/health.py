"""Health of one container, by exit code: `health.py web`, `health.py worker`, `health.py beat`."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

# Beat writes its schedule every three minutes; twice that long without a write means that it hangs.
_BEAT_SECONDS = 400


def web() -> bool:
    """The status page answers on the port gunicorn listens on."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
    port = os.environ.get("HEALTH_PORT", "8000")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/status/", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=5) as response:
        return response.status == 200


def worker() -> bool:
    """This container's worker answers a ping through the broker."""
    name = f"celery@{os.uname().nodename}"
    command = [sys.executable, "-m", "celery", "-A", "config", "inspect", "ping", "-d", name, "-t", "8"]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


def beat() -> bool:
    """Beat wrote its schedule lately."""
    files = list(Path(os.environ["VAR_DIR"]).glob("celerybeat-schedule*"))
    return any(time.time() - file.stat().st_mtime < _BEAT_SECONDS for file in files)


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
