"""Full runs under fire: a killed worker, a flushed broker, doubled and shuffled messages, two beats. Lost: nothing."""

import signal

import pytest

from tests.ops import servers
from tests.ops.hub import AS_OF, CHUNK_LINES, Hub
from tests.ops.mail import MailServer
from tests.ops.processes import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

_START_RUN = f"""
from metrics.services.runs import start_run
run = start_run(as_of=dt.date.fromisoformat("{AS_OF}"), by=BY, at=NOW, chunk_lines={CHUNK_LINES}, wake=%s)
print(json.dumps([run.pk, run.chunks_total]))
"""
_RESUME = """
from metrics.services.runs import resume_runs
print(resume_runs(at=NOW))
"""
_AGAIN = f"""
from metrics.services.runs import run_inline, start_run
from metrics.models import MaturityRun
before = MaturityRun.objects.get(pk=%d).digest
run = run_inline(start_run(as_of=dt.date.fromisoformat("{AS_OF}"), by=BY, at=NOW, wake=False), at=NOW)
print(json.dumps([run.state, before == run.digest, run.changed]))
"""


class Held:
    """A line that somebody else holds, so that a run stops in the middle at a place of our choosing."""

    def __init__(self, hub: Hub) -> None:
        self._connection = servers.connect(hub.database)
        self._connection.autocommit = False

    def hold(self, line_id: int) -> None:
        """Take the line's row."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT id FROM coe_businessline WHERE id = %s FOR UPDATE", [line_id])

    def let_go(self) -> None:
        """Give it back."""
        self._connection.rollback()
        self._connection.close()


def _line_of_chunk(hub: Hub, index: int) -> int:
    """A line that the part of this number will measure: parts are pages of the active lines by id."""
    return int(
        hub.one("SELECT id FROM coe_businessline ORDER BY id OFFSET %s LIMIT 1", index * CHUNK_LINES + 1)
    )


def _is(hub: Hub, run: int, index: int, state: str) -> bool:
    return bool(
        hub.rows(
            "SELECT 1 FROM metrics_runchunk WHERE run_id = %s AND index = %s AND state = %s",
            run,
            index,
            state,
        )
    )


def _time_passes(hub: Hub) -> None:
    """The leases of the dead run out."""
    for table in ("metrics_runchunk", "metrics_maturityrun"):
        hub.rows(
            f"UPDATE {table} SET lease_until = now() - interval '1 minute' WHERE lease_until IS NOT NULL"
        )


def _is_done(hub: Hub, run: int) -> bool:
    state, error = hub.rows("SELECT state, error FROM metrics_maturityrun WHERE id = %s", run)[0]
    assert state != "failed", error
    return bool(state == "done")


def _nothing_is_lost(hub: Hub, run: int) -> None:
    """Every invariant holds, and an undisturbed run reaches the same hash and changes nothing."""
    assert "invariants hold" in hub.manage("audit")
    assert hub.python(_AGAIN % run) == ["done", True, 0]
    assert hub.one("SELECT count(*) FROM metrics_verdictrow") > 0


def test_a_worker_killed_in_mid_run_loses_nothing(hub: Hub) -> None:
    held = Held(hub)
    held.hold(_line_of_chunk(hub, 3))
    run, chunks = hub.python(_START_RUN % True)
    with hub.worker("score") as worker:
        wait_until(lambda: _is(hub, run, 3, "leased"), "the worker is at the fourth part", seconds=180)
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    assert (chunks >= 8, _is(hub, run, 3, "leased"), _is_done(hub, run)) == (True, True, False)
    held.let_go()
    _time_passes(hub)

    with hub.worker("score") as worker:
        assert hub.python(_RESUME) > 0
        wait_until(lambda: _is_done(hub, run), "the run is done", seconds=300)
        worker.end()

    _nothing_is_lost(hub, run)


def test_a_flushed_redis_in_mid_run_loses_nothing(hub: Hub) -> None:
    held = Held(hub)
    held.hold(_line_of_chunk(hub, 2))
    run, _chunks = hub.python(_START_RUN % True)
    with hub.worker("score") as worker:
        wait_until(lambda: _is(hub, run, 2, "leased"), "the worker is at the third part", seconds=180)
        servers.redis_database(hub.broker).flushdb()
        held.let_go()
        wait_until(lambda: _is(hub, run, 2, "done"), "the worker ends its part", seconds=180)

        assert hub.python(_RESUME) > 0
        wait_until(lambda: _is_done(hub, run), "the run is done", seconds=300)
        worker.end()

    _nothing_is_lost(hub, run)


def test_doubled_and_shuffled_messages_do_each_part_once(hub: Hub) -> None:
    run, chunks = hub.python(_START_RUN % False)
    order = [*reversed(range(chunks)), *range(0, chunks, 2), *range(chunks), *range(1, chunks, 2)]
    hub.python(
        "from config.celery import app\n"
        f"for index in {order!r}:\n"
        f"    app.send_task('metrics.run_chunk', kwargs={{'run_id': {run}, 'index': index}})\n"
        "print(1)"
    )
    with hub.worker("score", concurrency=2) as worker:
        wait_until(lambda: _is_done(hub, run), "the run is done", seconds=300)
        wait_until(
            lambda: servers.redis_database(hub.broker).llen("score") == 0,
            "every message is read",
            seconds=300,
        )
        worker.end()

    assert hub.rows("SELECT DISTINCT attempts FROM metrics_runchunk WHERE run_id = %s", run) == [(1,)]
    _nothing_is_lost(hub, run)


_CHANGES = """
from coe.models import BusinessLine, User
from coe.services.facts import note_facts
from coe.services.outbox import EMAIL, Message, enqueue_many
note_facts([(pk, "accounts") for pk in BusinessLine.objects.values_list("pk", flat=True)], at=NOW)
person = User.objects.create(email="lead@example.org", name="Lead")
enqueue_many([Message(f"m{n}", EMAIL, person, "test", f"Subject {n}") for n in range(10)], at=NOW)
print(1)
"""


def test_two_beats_do_no_harm(hub: Hub, mail_server: MailServer) -> None:
    hub.more = mail_server.settings
    hub.python(_CHANGES)
    servers.redis_database(hub.broker).flushdb()
    with (
        hub.beat("first") as first,
        hub.beat("second") as second,
        hub.worker("score,deliver,timers,ingest", concurrency=2) as worker,
    ):
        for beat in (first, second):
            wait_until(
                lambda b=beat: sum("consume-facts" in line for line in list(b.lines)) >= 2,
                f"{beat.name} beats",
                seconds=180,
            )
        wait_until(
            lambda: hub.one("SELECT count(*) FROM coe_linefact") == 0, "the facts are followed", seconds=300
        )
        wait_until(
            lambda: hub.one("SELECT count(*) FROM coe_outboxmessage WHERE state <> 'sent'") == 0,
            "the mail is out",
            seconds=300,
        )
        for process in (first, second, worker):
            process.end()

    assert sorted(mail_server.subjects) == sorted(f"Subject {n}" for n in range(10))
    assert "invariants hold" in hub.manage("audit")
    assert (
        hub.one(
            "SELECT count(*) FROM metrics_stagerow WHERE line_id IS NULL AND dimension = '' AND known_until IS NULL"
        )
        == 1
    )
