"""Runs: full equals incremental, a dead worker loses nothing, a second time changes nothing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coe.errors import AlreadyRunning
from coe.models import LineFact
from coe.rules.principals import Actor
from metrics.enums.maturity import ChunkState, RunKind, RunState
from metrics.indicators import accounts
from metrics.models import IndicatorReading, MaturityRun, RunChunk, StageRow, VerdictRow
from metrics.selectors.readings import combined_values
from metrics.selectors.rubrics import compiled_of, current_rubric
from metrics.selectors.state import state_digest
from metrics.services import runs
from metrics.services.verdicts import BUSIEST, LARGEST
from tests.factories import LineFactory, UserFactory
from tests.metrics.world import AT, certified, good_account, led, organisation, reported, tree

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
HOUR = dt.timedelta(hours=1)


def full(at=AT, **options):
    return runs.run_inline(runs.start_run(RunKind.FULL, by=BY, at=at, **options), at=at)


def fact(line, name, at=AT):
    LineFact.objects.create(line=line, fact=name, at=at)


def verdicts(line):
    rows = (
        VerdictRow.objects.open().filter(line=line) if line else VerdictRow.objects.open().filter(line=None)
    )
    return dict(rows.values_list("criterion", "verdict"))


def state():
    return (IndicatorReading.objects.count(), VerdictRow.objects.count(), StageRow.objects.count())


def test_full_run_judges_every_line_and_the_programme():
    organisation()
    region, a, b = tree()
    good_account(a)
    good_account(b, mfa_state="off")

    run = full()

    assert (run.state, run.lines, run.chunks_done, run.error) == (RunState.DONE, 3, 1, "")
    assert run.digest == state_digest(run.rubric_id) != ""
    assert verdicts(a)["GOV-C4"] == "pass"
    assert verdicts(b)["GOV-C4"] == "fail"
    found = VerdictRow.objects.get(line=region, criterion="GOV-C4")
    assert (found.verdict, found.numerator, found.denominator) == ("fail", 1, 2)
    assert (found.value_numerator, found.value_denominator, found.run) == (1, 2, run)
    rubric = compiled_of(run.rubric).rubric
    assert set(verdicts(None)) == {c.code for c in rubric.criteria}
    assert set(verdicts(a)) == {c.code for c in rubric.criteria if c.scope == "line"}
    assert StageRow.objects.open().filter(line=a).count() == len(rubric.dimensions) + 1
    assert set(map(tuple, StageRow.objects.values_list("causes", flat=True))) == {("first",)}


def test_full_run_twice_writes_nothing_the_second_time():
    organisation()
    _region, a, _b = tree()
    good_account(a)
    first = full()
    before = state()

    second = full(AT + HOUR)

    assert state() == before
    assert (second.changed, second.digest, second.digest_before) == (0, first.digest, first.digest)


def test_full_run_in_a_hub_without_lines_still_judges_the_programme():
    run = full()

    assert run.state == RunState.DONE
    assert verdicts(None)["STR-C2"] == "fail"


def test_second_full_run_is_refused_while_one_is_under_way():
    LineFactory()
    runs.start_run(RunKind.FULL, by=BY, at=AT)
    before = MaturityRun.objects.count()

    with pytest.raises(AlreadyRunning):
        runs.start_run(RunKind.FULL, by=BY, at=AT)

    assert MaturityRun.objects.count() == before


def test_incremental_state_equals_a_full_run_after_many_changes():
    organisation()
    region, a, b = tree()
    account = good_account(a)
    full()
    account.mfa_state = "off"
    account.save()
    fact(a, "accounts")
    good_account(b, url="")
    fact(b, "accounts")
    led(b)
    fact(b, "roles")
    reported(account)
    fact(a, "observations")
    new = LineFactory(code="N", parent=region)
    good_account(new)
    fact(new, "line")

    consumed = runs.consume_facts(at=AT + HOUR)

    assert consumed.facts == 5
    assert LineFact.objects.count() == 0
    rubric = current_rubric()
    incremental = state_digest(rubric.pk)
    assert verdicts(a)["GOV-C4"] == "fail"
    assert verdicts(new)["GOV-C1"] == "pass"
    run = full(AT + 2 * HOUR)
    assert run.changed == 0
    assert run.digest == incremental


def test_incremental_run_writes_only_what_changed_and_says_why():
    organisation()
    region, a, b = tree()
    account = good_account(a)
    certified(account)
    good_account(b)
    full()
    before = {row.pk for row in VerdictRow.objects.all()}
    account.mfa_state = "off"
    account.save()
    fact(a, "accounts")

    consumed = runs.consume_facts(at=AT + HOUR)

    fresh = VerdictRow.objects.exclude(pk__in=before)
    changed = {(row.line_id, row.criterion, row.verdict, tuple(row.detail["causes"])) for row in fresh}
    assert changed == {
        (line_id, code, verdict, ("evidence",))
        for line_id, verdict in ((a.pk, "fail"), (region.pk, "fail"), (None, "fail"))
        for code in ("GOV-C4", "GOV-W2")
    }
    assert consumed.changed == 6
    assert consumed.run.kind == RunKind.INCREMENTAL
    moved = StageRow.objects.get(line=a, dimension="GOV", known_until=None)
    assert (moved.level_index, moved.causes) == (-1, ["evidence"])
    assert StageRow.objects.get(line=a, dimension="GOV", known_until=AT + HOUR).level_index == 1


def test_consuming_twice_finds_nothing_the_second_time():
    organisation()
    line = LineFactory()
    good_account(line)
    fact(line, "accounts")
    runs.consume_facts(at=AT)
    before = state()

    second = runs.consume_facts(at=AT + HOUR)

    assert second == runs.Consumed(0, 0, 0)
    assert state() == before


def test_first_facts_of_a_fresh_hub_judge_everything():
    organisation()
    a, b = LineFactory(code="A"), LineFactory(code="B")
    good_account(a)
    good_account(b)
    fact(a, "accounts")

    runs.consume_facts(at=AT)

    assert verdicts(b)["GOV-C1"] == "pass"
    assert verdicts(None)["GOV-C1"] == "pass"


def test_consumer_keeps_the_facts_when_it_dies(monkeypatch):
    line = LineFactory()
    fact(line, "accounts")
    monkeypatch.setattr(runs, "score_lines", broken)

    with pytest.raises(RuntimeError):
        runs.consume_facts(at=AT)

    assert LineFact.objects.count() == 1
    assert state() == (0, 0, 0)


def broken(*args, **kwargs):
    raise RuntimeError("worker killed")


def test_organisation_fact_measures_all_lines_again():
    organisation()
    _region, a, b = tree()
    good_account(a)
    good_account(b)
    full()
    organisation(corporate_domains=["other.org"])
    fact(None, "organisation")

    runs.consume_facts(at=AT + HOUR)

    assert (verdicts(a)["TLS-C3"], verdicts(b)["TLS-C3"]) == ("fail", "fail")


def test_a_run_whose_worker_died_between_parts_is_resumed():
    organisation()
    lines = [LineFactory() for _ in range(3)]
    for line in lines:
        good_account(line)
    run = runs.start_run(RunKind.FULL, by=BY, at=AT, chunk_lines=1)
    assert run.chunks_total == 3
    runs.run_chunk(run, 0, at=AT)
    # The worker takes the second part and is killed: the lease stays, nobody gives the part back.
    RunChunk.objects.filter(run=run, index=1).update(
        state=ChunkState.LEASED, lease_until=AT + runs.LEASE, attempts=1
    )
    assert runs.run_chunk(run, 1, at=AT) is False
    assert runs.finish_run(run, at=AT) is False
    later = AT + runs.LEASE + HOUR

    assert runs.resume_runs(at=later) == 2
    assert runs.run_inline(run, at=later).state == RunState.DONE

    assert {verdicts(line)["GOV-C1"] for line in lines} == {"pass"}
    assert list(RunChunk.objects.filter(run=run).values_list("attempts", flat=True)) == [1, 2, 1]


def test_a_part_that_breaks_is_given_back_and_fails_the_run_after_five_attempts(monkeypatch):
    LineFactory()
    run = runs.start_run(RunKind.FULL, by=BY, at=AT)
    monkeypatch.setattr(runs, "store_readings", broken)

    for _attempt in range(runs.MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            runs.run_chunk(run, 0, at=AT)

    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "RuntimeError: worker killed")
    assert state() == (0, 0, 0)
    assert runs.run_chunk(run, 0, at=AT) is False


def test_a_finish_that_dies_is_done_by_the_next(monkeypatch):
    organisation()
    _region, a, _b = tree()
    good_account(a)
    run = runs.start_run(RunKind.FULL, by=BY, at=AT)
    runs.run_chunk(run, 0, at=AT)
    real = runs.score_lines

    def dies_at_the_programme(*args, programme, **kwargs):
        if programme:
            raise RuntimeError("killed")
        return real(*args, programme=programme, **kwargs)

    monkeypatch.setattr(runs, "score_lines", dies_at_the_programme)
    with pytest.raises(RuntimeError):
        runs.finish_run(run, at=AT)
    monkeypatch.setattr(runs, "score_lines", real)

    assert runs.finish_run(run, at=AT) is True

    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DONE, "")
    assert verdicts(None)["GOV-C1"] == "pass"


def test_a_collector_that_breaks_yields_error_verdicts_and_stops_nothing(monkeypatch):
    organisation()
    line = LineFactory()
    good_account(line)
    monkeypatch.setattr(accounts, "_readings", broken)

    run = full()

    assert run.state == RunState.DONE
    assert verdicts(line)["GOV-C1"] == "error"
    assert verdicts(line)["PEO-C3"] == "fail"


def test_owner_load_of_a_parent_adds_the_accounts_of_a_person_over_its_lines():
    region, a, b = tree()
    busy = UserFactory()
    for line, count in ((a, 2), (b, 3)):
        for _ in range(count):
            good_account(line, primary_owner=busy)
    full()

    values = combined_values([region.pk, a.pk], largest=LARGEST, busiest=BUSIEST)

    assert values[region.pk]["owners.max_accounts"].numerator == 5
    assert values[a.pk]["owners.max_accounts"].numerator == 2


def test_archived_lines_lose_their_open_rows():
    organisation()
    _region, a, _b = tree()
    account = good_account(a)
    full()
    account.state = "archived"
    account.save()
    a.status, a.archived_at = "archived", AT + HOUR
    a.save()
    fact(a, "line")

    runs.consume_facts(at=AT + HOUR)

    assert not VerdictRow.objects.open().filter(line=a).exists()
    assert not IndicatorReading.objects.open().filter(line=a).exists()
    incremental = state_digest(current_rubric().pk)
    assert full(AT + 2 * HOUR).digest == incremental


def test_evidence_that_grows_old_changes_the_verdict_by_ageing():
    organisation()
    line = LineFactory(code="A")
    reported(good_account(line))
    full()
    assert verdicts(line)["MEA-W1"] == "pass"

    full(AT + dt.timedelta(days=64))

    row = VerdictRow.objects.get(line=line, criterion="MEA-C2", known_until=None)
    assert row.verdict in ("stale", "fail")
    assert row.known_from == AT + dt.timedelta(days=64)


def test_full_run_takes_the_same_number_of_queries_for_one_and_for_three_lines():
    organisation()
    runs.ready_rubric(by=BY, at=AT)
    good_account(LineFactory())
    counts = []
    for extra in (0, 2):
        for _ in range(extra):
            good_account(LineFactory())
        full(AT)  # the first judgement inserts; the counted one compares
        with CaptureQueriesContext(connection) as captured:
            full(AT + HOUR)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_run_done_inline_wakes_no_worker(monkeypatch):
    sent = []
    monkeypatch.setattr(runs, "later", lambda name, **kwargs: sent.append((name, kwargs["index"])))
    LineFactory()
    runs.ready_rubric(by=BY, at=AT)

    runs.run_inline(runs.start_run(RunKind.FULL, by=BY, at=AT, wake=False), at=AT)
    assert sent == []
    runs.start_run(RunKind.FULL, by=BY, at=AT)

    assert sent == [("metrics.run_chunk", 0)]
