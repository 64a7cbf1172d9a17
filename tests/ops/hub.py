"""A hub of real processes on a real PostgreSQL and Redis, for proofs of what is lost when one of them dies: nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ops.processes import BIN, ROOT, Running, running
from tests.ops.servers import HOST, connect, postgres_address

#: How large the proofs are: 1 is the size they claim, CI runs a twentieth of it.
SCALE = float(os.environ.get("PROOF_SCALE") or 0.05)
LINES = max(40, int(1_000 * SCALE))
ACCOUNTS_OF_A_LINE = 4
CHUNK_LINES = LINES // 8
AS_OF = "2026-03-02"

_START = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
import datetime as dt
from django.utils import timezone
from coe.rules.principals import Actor, Principal
BY = Actor.system("proof")
NOW = timezone.now()
"""
_COMPANY = f"""
from coe.services.line_codes import NewLine
from coe.services.lines import ensure_lines
from coe.services.platforms import ensure_platforms
from coe.services.account_register import AccountRef, ensure_accounts
from coe.models import LineFact
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from metrics.services.rubrics import ready_rubric
at = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
ensure_platforms(by=BY, at=at)
ensure_dictionary(by=BY, at=at)
ready_rubric(by=BY, at=at)
roots = ensure_lines([NewLine(f"R{{n}}", f"Region {{n}}") for n in range(4)], by=BY, at=at, batch=None).ids
lines = ensure_lines(
    [NewLine(f"L{{n}}", f"Line {{n}}", parent_id=roots[f"R{{n % 4}}"]) for n in range({LINES} - 4)], by=BY, at=at, batch=None
).ids
refs = [
    AccountRef("x", f"acc{{n}}", f"acc{{n}}", lines[f"L{{n % len(lines)}}"]) for n in range(len(lines) * {ACCOUNTS_OF_A_LINE})
]
ids = ensure_accounts(refs, by=BY, at=at, batch=None).ids
record_observations(
    [
        NewObservation("followers", dt.date(2026, month, 1), account_id=ids[ref], value=n + month)
        for n, ref in enumerate(refs) if n % 3
        for month in (1, 2, 3)
    ],
    by=BY, at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC), source="import",
)
LineFact.objects.all().delete()
print(json.dumps(len(refs)))
"""


@dataclass
class Hub:
    """The processes of one hub and what they share: a database, a Redis database, a folder."""

    directory: Path
    database: str
    broker: int
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What each process sees."""
        address = "postgres://{user}:{password}@{host}:{port}/".format(**postgres_address()).replace(
            ":@", "@"
        )
        where = f"redis://{HOST}:6379/{self.broker}"
        return {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.directory), "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(self.directory), "DATABASE_URL": address + self.database, "CELERY_BROKER_URL": where,
            "REDIS_URL": where, **self.more,
        }  # fmt: skip

    def python(self, code: str) -> Any:
        """Run code of the product in a process of its own; what its last line prints is JSON."""
        return json.loads(self._run([sys.executable, "-W", "ignore", "-c", _START + code]).splitlines()[-1])

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end."""
        return self._run([sys.executable, "-W", "ignore", "manage.py", *arguments])

    def _run(self, command: list[str]) -> str:
        result = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=600
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def company(self) -> None:
        """Fill an empty database with lines, accounts and what they observed."""
        self.manage("migrate", "--verbosity", "0")
        self.python(_COMPANY)

    def script(self, name: str, code: str) -> AbstractContextManager[Running]:
        """The same as a process that may be killed."""
        command = [sys.executable, "-W", "ignore", "-c", _START + code]
        return running(name, command, environment=self.environment)

    def worker(self, *queues: str, concurrency: int = 1) -> AbstractContextManager[Running]:
        """A worker of some queues."""
        command = [
            "celery",
            "-A",
            "config",
            "worker",
            "-Q",
            ",".join(queues),
            f"--concurrency={concurrency}",
            "--loglevel=INFO",
        ]
        return running("worker", command, environment=self.environment)

    def beat(self, name: str) -> AbstractContextManager[Running]:
        """A beat with a schedule file of its own, as on another host."""
        command = [
            "celery",
            "-A",
            "config",
            "beat",
            "--pidfile=",
            f"--schedule={self.directory / name}",
            "--loglevel=INFO",
        ]
        return running(name, command, environment=self.environment)

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the database says now."""
        connection = connect(self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, params)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def one(self, sql: str, *params: Any) -> Any:
        """The first value of the first row."""
        return self.rows(sql, *params)[0][0]

    def send(self, task: str, **values: Any) -> None:
        """Send a task, as beat does."""
        self.python(f"from config.celery import app\napp.send_task({task!r}, kwargs={values!r})\nprint(1)")
