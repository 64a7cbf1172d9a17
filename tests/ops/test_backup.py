"""Back up and restore with the very lines of docs/operations.md: what comes back has the same hash."""

import hashlib
import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops import servers
from tests.ops.hub import Hub
from tests.ops.processes import BIN, ROOT

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


def _manual(word: str) -> list[str]:
    """The lines of the block in the manual's chapter on backups that has this word, without their remarks."""
    chapter = (
        (ROOT / "docs" / "operations.md")
        .read_text(encoding="utf-8")
        .split("## Back up and restore")[1]
        .split("\n## ")[0]
    )
    block = next(block for block in re.findall(r"```sh\n(.*?)```", chapter, re.DOTALL) if word in block)
    return [line.split("  #")[0].strip() for line in block.splitlines()]


def _shell(line: str, *, cwd: Path, environment: dict[str, str]) -> str:
    result = subprocess.run(
        ["bash", "-ec", line],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
    return result.stdout


def _hash_of_postgres(hub: Hub) -> str:
    digest = hashlib.sha256()
    for (table,) in hub.rows(_TABLES):
        rows = sorted(row[0] for row in hub.rows(f'SELECT t::text FROM "{table}" t'))
        digest.update(repr((table, rows)).encode())
    return digest.hexdigest()


def _hash_of_sqlite(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


@pytest.fixture
def restored(hub: Hub) -> Iterator[str]:
    """The name of a database that is not there yet."""
    name = f"{hub.database}_restored"
    yield name
    connection = servers.connect("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    connection.close()


def test_a_postgresql_dump_comes_back_with_the_same_hash(hub: Hub, restored: str, tmp_path: Path) -> None:
    dump, restore, audit = _manual("pg_dump")
    where = servers.postgres_address()
    environment = {
        **hub.environment, "PGHOST": where["host"], "PGPORT": str(where["port"]), "PGUSER": where["user"],
        "PGPASSWORD": where["password"],
    }  # fmt: skip
    before = _hash_of_postgres(hub)

    _shell(re.sub(r"\bcoe(?=\s)", hub.database, dump), cwd=tmp_path, environment=environment)
    assert (tmp_path / "coe.dump").stat().st_size > 10_000
    _shell(re.sub(r"\bcoe(?=\s)", restored, restore), cwd=tmp_path, environment=environment)

    copy = Hub(tmp_path, restored, hub.broker)
    assert _hash_of_postgres(copy) == before
    assert "invariants hold" in _shell(audit, cwd=ROOT, environment=copy.environment)
    assert hub.one("SELECT count(*) FROM metrics_observation") > 100


def test_a_copied_var_folder_comes_back_with_the_same_hash(tmp_path: Path) -> None:
    copy, restore = _manual("cp -a")
    hub = Hub(tmp_path / "var", "", 0)
    hub.directory.mkdir()
    environment = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "VAR_DIR": str(hub.directory),
    }  # fmt: skip
    hub.more = {
        "DATABASE_URL": f"sqlite:///{hub.directory / 'coe.sqlite3'}", "CELERY_BROKER_URL": "", "REDIS_URL": "",
    }  # fmt: skip
    hub.company()
    (hub.directory / "media").mkdir(exist_ok=True)
    (hub.directory / "media" / "upload.csv").write_text("a,b\n")
    before = _hash_of_sqlite(hub.directory / "coe.sqlite3")

    _shell(copy, cwd=tmp_path, environment=environment)
    hub.python("from coe.models import BusinessLine\nprint(BusinessLine.objects.update(name='Lost'))")
    assert _hash_of_sqlite(hub.directory / "coe.sqlite3") != before
    _shell(restore, cwd=tmp_path, environment=environment)

    assert _hash_of_sqlite(hub.directory / "coe.sqlite3") == before
    assert (hub.directory / "media" / "upload.csv").read_text() == "a,b\n"
    assert "invariants hold" in hub.manage("audit")
