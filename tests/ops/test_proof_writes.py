"""Imports, mail and one contested row under fire: killed workers and many writers at once. Lost: nothing, doubled: nothing."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.ops import servers
from tests.ops.hub import SCALE, Hub
from tests.ops.mail import MailServer
from tests.ops.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

_CHUNK = 5_000
_ROWS = _CHUNK * max(4, int(40 * SCALE))
_UPSERTS = max(40, int(1_000 * SCALE))
_WRITERS = 4
_WRITER_LOCK = 7_305_119_028  # of metrics.db: all writers of observations meet at it

_RECEIVE = """
from pathlib import Path
from coe.services.import_runs import receive_import
batch = receive_import(
    Path(%r), kind="observations", principal=Principal.system("proof"), at=NOW, wants_apply=True, mapping=%s
)
print(batch.pk)
"""
_MAPPING = {
    "kind": "observations",
    "create": {"lines": True, "accounts": True, "metrics": True},
    "fields": {name: name for name in ("line", "platform", "handle", "metric", "date", "value")},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of many rows for accounts that exist and some that do not."""
    path = tmp_path / "observations.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("line,platform,handle,metric,date,value\n")
        for n in range(_ROWS):
            account, day = n % 100, n // 100
            stream.write(
                f"L{account % 30},x,new{account},posts,{2000 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02},{n}\n"
            )
    return path


class WritersLock:
    """The lock of all writers, held by us: an importer stops before its next chunk. Whoever waits for it is served in turn."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._connection = servers.connect(hub.database)
        self._run("SELECT pg_advisory_lock(%s)")

    def _run(self, sql: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, [_WRITER_LOCK] * sql.count("%s"))

    def next(self) -> None:
        """Let one waiting transaction through, and be the next in turn behind it."""
        self._run("SELECT pg_advisory_unlock(%s), pg_advisory_lock(%s)")

    def let_go(self) -> None:
        """Give the lock back for good."""
        self._connection.close()

    def is_waited_for(self) -> bool:
        """Whether a writer stands at the lock."""
        return bool(
            self._hub.rows(
                "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE datname = %s AND locktype = 'advisory' AND NOT granted",
                self._hub.database,
            )
        )


def _state(hub: Hub, batch: int) -> tuple[Any, ...]:
    return hub.rows("SELECT state, progress, created, rejected FROM coe_importbatch WHERE id = %s", batch)[0]


def _time_passes(hub: Hub) -> None:
    hub.rows(
        "UPDATE coe_importbatch SET updated_at = now() - interval '1 minute',"
        " lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE now() - interval '1 minute' END"
    )


def _carried_on(hub: Hub, batch: int) -> None:
    """Another worker does the rest, and then all of the file is there exactly once."""
    with hub.worker("ingest") as worker:
        hub.send("coe.import_resume")
        wait_until(lambda: _state(hub, batch)[0] == "applied", "the import is applied", seconds=300)
        worker.end()
    assert _state(hub, batch) == ("applied", _ROWS, _ROWS, 0)
    stored = (
        "SELECT count(*), sum(value), count(DISTINCT account_id) FROM metrics_observation WHERE batch_id = %s"
    )
    assert hub.rows(stored, batch) == [(_ROWS, _ROWS * (_ROWS - 1) // 2, 100)]
    assert hub.one("SELECT count(*) FROM metrics_observationrevision") == 0
    assert "invariants hold" in hub.manage("audit")


def test_a_worker_killed_in_mid_check_of_an_import_loses_nothing(hub: Hub, file: Path) -> None:
    before = hub.one("SELECT count(*) FROM metrics_observation")
    lock = WritersLock(hub)
    batch = hub.python(_RECEIVE % (str(file), json.dumps(_MAPPING).replace("true", "True")))
    with hub.worker("ingest") as worker:
        wait_until(lock.is_waited_for, "the worker is in the check", seconds=180)
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    lock.let_go()
    assert _state(hub, batch) == ("validating", 0, 0, 0)
    assert hub.one("SELECT count(*) FROM metrics_observation") == before
    _time_passes(hub)

    _carried_on(hub, batch)


def test_a_worker_killed_between_the_commits_of_an_import_loses_nothing(hub: Hub, file: Path) -> None:
    lock = WritersLock(hub)
    batch = hub.python(_RECEIVE % (str(file), json.dumps(_MAPPING).replace("true", "True")))
    with hub.worker("ingest") as worker:
        wait_until(lock.is_waited_for, "the worker is in the check", seconds=180)
        lock.next()  # comes back when the check is over
        wait_until(lock.is_waited_for, "the worker is at its first commit", seconds=180)
        lock.next()
        wait_until(lock.is_waited_for, "the worker is at another commit", seconds=180)
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    state, progress, created, _rejected = _state(hub, batch)
    assert (state, progress, progress == created) == ("applying", progress, True)
    assert 0 < progress < _ROWS
    lock.let_go()
    _time_passes(hub)

    _carried_on(hub, batch)


_MAIL = """
from coe.models import User
from coe.services.outbox import EMAIL, Message, enqueue_many
person = User.objects.create(email="lead@example.org", name="Lead")
enqueue_many([Message(f"m{n}", EMAIL, person, "test", f"Subject {n}") for n in range(5)], at=NOW)
print(1)
"""


def test_a_worker_killed_in_mid_delivery_sends_nothing_twice_and_forgets_nothing(
    hub: Hub, mail_server: MailServer
) -> None:
    hub.more = mail_server.settings
    mail_server.answers.clear()
    hub.python(_MAIL)
    with hub.worker("deliver") as worker:
        wait_until(lambda: len(mail_server.subjects) == 1, "the server has the first mail", seconds=180)
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    mail_server.answers.set()
    hub.rows("UPDATE coe_outboxmessage SET lease_until = now() - interval '1 minute' WHERE state = 'leased'")

    with hub.worker("deliver") as worker:
        hub.send("coe.deliver_outbox")
        waiting = "SELECT count(*) FROM coe_outboxmessage WHERE state IN ('pending', 'leased')"
        wait_until(lambda: hub.one(waiting) == 0, "all mail is settled", seconds=180)
        worker.end()

    # Nobody knows whether the server delivered what it took: it is told apart, not sent again.
    states = hub.rows("SELECT state, count(*) FROM coe_outboxmessage GROUP BY state ORDER BY state")
    assert states == [("sent", 4), ("uncertain", 1)]
    assert sorted(mail_server.subjects) == [f"Subject {n}" for n in range(5)]


_UPSERT = """
from coe.models import SocialAccount
from metrics.services.observing import NewObservation, record_observations
account = SocialAccount.objects.order_by("pk").first()
for n in range(%d):
    record_observations(
        [NewObservation("followers", dt.date(2026, 2, 2), account_id=account.pk, value=%d + n)], by=BY, at=NOW, source="api"
    )
"""


def test_many_upserts_of_one_row_at_once_leave_one_row_and_every_value_they_replaced(hub: Hub) -> None:
    each = _UPSERTS // _WRITERS
    with ExitStack() as stack:
        writers = [
            stack.enter_context(hub.script(f"writer {n}", _UPSERT % (each, n * each)))
            for n in range(_WRITERS)
        ]
        for writer in writers:
            assert writer.process.wait(timeout=600) == 0, writer.tail()

    ours = "account_id = (SELECT min(id) FROM coe_socialaccount) AND \"on\" = '2026-02-02'"
    ((observation, value),) = hub.rows(f"SELECT id, value FROM metrics_observation WHERE {ours}")
    earlier = [
        row[0]
        for row in hub.rows(
            "SELECT value FROM metrics_observationrevision WHERE observation_id = %s", observation
        )
    ]
    assert sorted([*earlier, value]) == list(range(each * _WRITERS))
    assert hub.rows(
        "SELECT total, count FROM metrics_dailyrollup WHERE \"on\" = '2026-02-02' AND total = %s", value
    ) == [(value, 1)]
    assert "invariants hold" in hub.manage("audit")
