"""The tasks, each run twice."""

import pytest

from coe.models import LineFact
from metrics.models import MaturityRun, StageRow, VerdictRow
from metrics.tasks import maturity
from tests.factories import LineFactory
from tests.metrics.world import AT, good_account, organisation

pytestmark = pytest.mark.django_db


def state():
    return (
        VerdictRow.objects.count(),
        StageRow.objects.count(),
        MaturityRun.objects.count(),
        LineFact.objects.count(),
    )


def test_tasks_have_their_stable_names():
    names = [
        task.name
        for task in (maturity.consume_facts, maturity.run_chunk, maturity.resume_runs, maturity.nightly_run)
    ]

    assert names == [
        "metrics.consume_facts",
        "metrics.run_chunk",
        "metrics.resume_runs",
        "metrics.nightly_run",
    ]


def test_consume_facts_twice():
    organisation()
    line = LineFactory()
    good_account(line)
    LineFact.objects.create(line=line, fact="accounts", at=AT)

    assert maturity.consume_facts() == 1
    once = state()
    assert maturity.consume_facts() == 0

    assert state() == once
    assert once[3] == 0


def test_nightly_run_twice_and_its_part_twice():
    organisation()
    good_account(LineFactory())

    run_id = maturity.nightly_run()
    assert maturity.nightly_run() is None
    assert maturity.resume_runs() == 1
    assert maturity.run_chunk(run_id, 0) is True
    once = state()
    assert maturity.run_chunk(run_id, 0) is False
    assert maturity.resume_runs() == 0

    assert state() == once
    assert MaturityRun.objects.get(pk=run_id).state == "done"


def test_a_part_of_a_run_that_is_gone_is_nothing():
    assert maturity.run_chunk(10**9, 0) is False
