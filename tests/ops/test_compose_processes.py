"""The commands of docker-compose.yml, run as processes against a real PostgreSQL and Redis.

There is no Docker engine in CI: what is proved is everything but the container walls. The image's file system is this
work tree, its services listen on the loopback, its secrets lie in a temporary folder.
"""

import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ops import servers
from tests.ops.compose import load, service_environment
from tests.ops.processes import BIN, ROOT, Client, Running, free_port, running, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

_DATABASE = "coe_ops_test"
_BROKER, _CACHE = 7, 8
_HOST = "hub.example.org"
_METRICS_TOKEN = "token-of-the-scraper"
# As in the Dockerfile. The image has the runtime lock only, so no brotli, which a development environment has by way of
# locust and which would spend a minute and a half on pressing Swagger's files.
_COLLECT = """
import os, sys
sys.modules["brotli"] = None
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "collectstatic", "--no-input", "--verbosity", "0"])
"""
_EMAIL, _PASSWORD = "lead@example.org", "correct horse battery staple"


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    """A PostgreSQL server with an empty database of ours, and two empty Redis databases."""
    servers.need(_BROKER, _CACHE)
    with servers.database(_DATABASE):
        yield servers.postgres_address()


@dataclass
class Stack:
    """The services of the file, translated to this machine."""

    services: dict[str, Any]
    port: int
    directory: Path
    where: dict[str, Any]

    def environment(self, name: str) -> dict[str, str]:
        """The service's own environment, with container addresses replaced by the loopback's."""
        told = {"ALLOWED_HOSTS": _HOST, "BASE_URL": f"https://{_HOST}"}
        seen = service_environment(self.services[name], told)
        for key, value in seen.items():
            value = value.replace("/run/secrets/", f"{self.directory}/")
            value = re.sub(r"^redis://redis:6379/0$", f"redis://127.0.0.1:6379/{_BROKER}", value)
            seen[key] = re.sub(r"^redis://redis:6379/1$", f"redis://127.0.0.1:6379/{_CACHE}", value)
        assert seen["DATABASE_URL"] == "postgres://coe@postgres:5432/coe"
        seen["DATABASE_URL"] = "postgres://{user}@{host}:{port}/".format(**self.where) + _DATABASE
        image = {"VAR_DIR": str(self.directory / "data"), "STATIC_ROOT": str(self.directory / "static")}
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.directory), "PYTHONUNBUFFERED": "1", **image, **seen}

    def command(self, name: str) -> list[str]:
        """The service's own command, on a free port."""
        return [
            part.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for part in self.services[name]["command"]
        ]

    def once(self, *command: str, service: str = "migrate", **more: str) -> str:
        """Run a command to its end in a service's environment."""
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environment(service), **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def health(self, name: str, **more: str) -> int:
        """The exit code of the service's health check."""
        test = self.services[name]["healthcheck"]["test"]
        assert test[0] == "CMD"
        environment = {**self.environment(name), **more}
        return subprocess.run(
            test[1:], cwd=ROOT, env=environment, capture_output=True, check=False
        ).returncode


@pytest.fixture
def stack(server: dict[str, Any], tmp_path: Path) -> Stack:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret_key").write_text(secrets.token_urlsafe(64))
    (tmp_path / "database_password").write_text(server["password"] or "trusted")
    (tmp_path / "email_password").touch()
    (tmp_path / "metrics_token").write_text(_METRICS_TOKEN)
    return Stack(load()["services"], free_port(), tmp_path, server)


def _facts_waiting(client: Client) -> float:
    page = client.get("/-/metrics", Authorization=f"Bearer {_METRICS_TOKEN}").text
    return float(next(line for line in page.splitlines() if line.startswith("coe_facts_waiting ")).split()[1])


def test_the_production_services_carry_one_journey_and_end_cleanly(stack: Stack) -> None:
    stack.once(*stack.command("migrate"))
    stack.once("python", "-c", _COLLECT)
    stack.once(
        "python",
        "manage.py",
        "createsuperuser",
        "--no-input",
        DJANGO_SUPERUSER_EMAIL=_EMAIL,
        DJANGO_SUPERUSER_PASSWORD=_PASSWORD,
    )
    client = Client(stack.port, host=_HOST, is_https=True)

    with running("web", stack.command("web"), environment=stack.environment("web")) as web:
        wait_until(_alive(web, client.answers), "the status page")
        assert stack.health("web", HEALTH_PORT=str(stack.port)) == 0

        assert client.get("/").status == 302
        assert client.log_in(_EMAIL, _PASSWORD).status == 302
        assert client.get("/").status == 200

        # No worker runs yet: what it shall do waits in the database, whatever happens to the broker.
        made = client.post_json("/api/v1/lines/", {"code": "ops", "name": "Operations"})
        assert (made.status, made.json.get("code")) == (201, "ops"), made.text
        assert _facts_waiting(client) > 0

        servers.redis_database(_BROKER).flushdb()
        names = [name for name in stack.services if name.startswith("worker-")]
        with (
            running(names[0], stack.command(names[0]), environment=stack.environment(names[0])) as score,
            running(names[1], stack.command(names[1]), environment=stack.environment(names[1])) as ingest,
            running(names[2], stack.command(names[2]), environment=stack.environment(names[2])) as prompt,
            running("beat", stack.command("beat"), environment=stack.environment("beat")) as beat,
        ):
            for worker in (score, ingest, prompt):
                wait_until(lambda w=worker: w.said("ready."), f"{worker.name} is ready")
            wait_until(
                _alive(beat, lambda: _facts_waiting(client) == 0), "the worker has scored the new line"
            )
            assert stack.health("beat") == 0
            assert stack.health("worker-score") == 0

            codes = {child.name: child.end() for child in (beat, score, ingest, prompt)}
        assert codes == dict.fromkeys(["beat", *names], 0)
        assert web.end() == 0


def _alive(process: Running, is_true: Callable[[], bool]) -> Callable[[], bool]:
    """The condition, with the process's last words as soon as it is gone."""

    def ask() -> bool:
        if process.process.poll() is not None:
            raise AssertionError(f"{process.name} ended with {process.process.returncode}:\n{process.tail()}")
        return is_true()

    return ask
