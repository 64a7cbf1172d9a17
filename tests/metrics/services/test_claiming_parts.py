"""Two workers that call for one part of a run in the same instant: one of them does it."""

import threading
import time

import pytest
from django.db import connection, transaction

from coe.rules.principals import Actor
from metrics.enums.maturity import ChunkState, RunKind
from metrics.models import RunChunk
from metrics.services import runs
from tests.metrics.world import AT, organisation, tree

BY = Actor.system("test")
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return cursor.fetchone()[0] > 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waited_for_another_claim_of_the_same_part_gets_nothing():
    organisation()
    tree()
    run = runs.start_run(RunKind.FULL, by=BY, at=AT, wake=False)
    second = []

    def claim():
        try:
            second.append(runs.run_chunk(run, 0, at=AT))
        finally:
            connection.close()

    other = threading.Thread(target=claim)
    with transaction.atomic():
        # The first worker's claim, not committed yet.
        assert runs._claim(run, 0, AT) is not None
        other.start()
        deadline = time.monotonic() + 30
        while not _somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _somebody_waits()
    other.join(60)

    assert second == [False]
    assert list(RunChunk.objects.values_list("state", "attempts")) == [(ChunkState.LEASED, 1)]
