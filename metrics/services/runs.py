"""Runs: a full one in parts that any number of workers claim, and the small ones that follow changed facts.

Locks, always in this order: the current rubric's row (scores are written by one transaction at a time), then the lines that are
measured. Measuring different lines needs no common lock, so the parts of a full run really run side by side.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from coe.enums.lines import LineStatus
from coe.errors import AlreadyRunning
from coe.models import BusinessLine, LineClosure, LineFact
from coe.rules.principals import Actor
from coe.services.later import later
from metrics.enums.maturity import ChunkState, RunKind, RunState
from metrics.indicators.base import moment_of
from metrics.indicators.registry import REGISTRY, codes_of, reading_facts
from metrics.models import MaturityRun, RubricVersion, RunChunk, StageRow
from metrics.scoring import Scope
from metrics.selectors.readings import ancestors_of
from metrics.selectors.state import state_digest
from metrics.services.readings import measure, store_readings
from metrics.services.rubrics import ready_rubric
from metrics.services.verdicts import close_archived, score_lines
from metrics.services.windows import wind_windows

CHUNK_LINES = 250
SCORE_LINES = 500
LEASE = dt.timedelta(minutes=5)
MAX_ATTEMPTS = 5
FACTS_AT_ONCE = 5000
# Facts after which a line is judged again even when no reading changed: the tree moved, or a target did.
_ALWAYS = frozenset({"line", "targets"})


@dataclass(frozen=True)
class Consumed:
    """What one pass over the changed facts did."""

    facts: int
    lines: int
    changed: int
    run: MaturityRun | None = None


def _pages(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _active_lines() -> list[int]:
    return list(
        BusinessLine.objects.filter(status=LineStatus.ACTIVE).order_by("pk").values_list("pk", flat=True)
    )


def _lock_rubric(rubric_id: int) -> None:
    # Evaluated for the lock alone; on SQLite the transaction has the write lock anyway.
    list(
        RubricVersion.objects.select_for_update(of=("self",))
        .filter(pk=rubric_id)
        .values_list("pk", flat=True)
    )


def _lock_lines(lines: Collection[int]) -> None:
    locked = (
        BusinessLine.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=lines).order_by("pk")
    )
    list(locked.values_list("pk", flat=True))


@transaction.atomic
def start_run(
    kind: str = RunKind.FULL,
    *,
    lines: Collection[BusinessLine] | None = None,
    as_of: dt.date | None = None,
    by: Actor,
    at: dt.datetime,
    chunk_lines: int = CHUNK_LINES,
    wake: bool = True,
) -> MaturityRun:
    """Begin a run and, unless the caller does the work itself, ask workers for its parts after commit.

    A full run measures every active line.

    :raises AlreadyRunning: a full run is under way; its progress is on the status page.
    """
    rubric = ready_rubric(by=by, at=at)
    day = as_of or moment_of(at).on
    if kind == RunKind.FULL:
        ids = _active_lines()
    else:
        ids = sorted(line.pk for line in lines or ())
    run = MaturityRun(
        kind=kind, rubric=rubric, as_of=day, started_at=at, created_at=at, updated_at=at, state=RunState.QUEUED,
        lines=len(ids), requested_by_label=by.label[:200],
    )  # fmt: skip
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyRunning(_("A full run is under way. Wait until it is done.")) from error
    # The first part exists in a hub without lines too: the programme's own indicators are measured with it.
    pages = _pages(ids, chunk_lines) or [[]]
    RunChunk.objects.bulk_create(
        [RunChunk(run=run, index=i, line_ids=list(page)) for i, page in enumerate(pages)]
    )
    run.chunks_total = len(pages)
    run.save(update_fields=["chunks_total"])
    for index in range(len(pages) if wake else 0):
        later("metrics.run_chunk", run_id=run.pk, index=index)
    return run


def _claim(run: MaturityRun, index: int, at: dt.datetime) -> RunChunk | None:
    free = Q(state=ChunkState.QUEUED) | Q(state=ChunkState.LEASED, lease_until__lt=at)
    # Not `run__state__in`: a condition over a join becomes `id IN (SELECT …)`, which PostgreSQL does not ask again after it has
    # waited for another worker's claim of the same row, and both would have it (tests/plugins/claims.py refuses that form).
    alive = MaturityRun.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.RUNNING])
    taken = RunChunk.objects.filter(free, run=run, index=index, run__in=alive).update(
        state=ChunkState.LEASED, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return RunChunk.objects.get(run=run, index=index) if taken else None


def run_chunk(run: MaturityRun, index: int, *, at: dt.datetime) -> bool:
    """Measure one part of a run; False when another worker has it or it is done already.

    Twice is harmless: the part is claimed by a conditional update, and measuring the same lines again stores nothing new. A
    part that breaks is freed for the next sweep, and fails the run after five attempts.
    """
    chunk = _claim(run, index, at)
    if chunk is None:
        return False
    MaturityRun.objects.filter(pk=run.pk, state=RunState.QUEUED).update(state=RunState.RUNNING, updated_at=at)
    codes = frozenset(REGISTRY) if index == 0 else codes_of(Scope.LINE)
    try:
        with transaction.atomic():
            _lock_lines(chunk.line_ids)
            moment = moment_of(at, run.as_of)
            store_readings(measure(codes, chunk.line_ids, moment), codes=codes, lines=chunk.line_ids, at=at)
            RunChunk.objects.filter(pk=chunk.pk).update(state=ChunkState.DONE, lease_until=None)
    except Exception as error:
        _give_back(run, chunk, error, at)
        raise
    done = RunChunk.objects.filter(run=run, state=ChunkState.DONE).count()
    MaturityRun.objects.filter(pk=run.pk, chunks_done__lt=done).update(chunks_done=done, updated_at=at)
    return True


def _give_back(run: MaturityRun, chunk: RunChunk, error: Exception, at: dt.datetime) -> None:
    RunChunk.objects.filter(pk=chunk.pk).update(state=ChunkState.QUEUED, lease_until=None)
    note = f"{type(error).__name__}: {error}"[:500]
    state = {"state": RunState.FAILED, "finished_at": at} if chunk.attempts >= MAX_ATTEMPTS else {}
    MaturityRun.objects.filter(pk=run.pk).update(error=note, updated_at=at, **state)


def finish_run(run: MaturityRun, *, at: dt.datetime) -> bool:
    """Judge every line once all parts are measured; False when parts are missing or another worker finishes it.

    Pages of lines are judged in transactions of their own. If the worker dies in between, the next one starts over and writes
    only what is missing.
    """
    if RunChunk.objects.filter(run=run).exclude(state=ChunkState.DONE).exists():
        return False
    mine = MaturityRun.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=at),
        pk=run.pk,
        state__in=[RunState.QUEUED, RunState.RUNNING],
    ).update(lease_until=at + LEASE, state=RunState.RUNNING, updated_at=at)
    if not mine:
        return False
    run.refresh_from_db()
    try:
        _judge(run, at)
    except Exception as error:
        note = f"{type(error).__name__}: {error}"[:500]
        MaturityRun.objects.filter(pk=run.pk).update(lease_until=None, error=note, updated_at=at)
        raise
    return True


def _judge(run: MaturityRun, at: dt.datetime) -> None:
    rubric = run.rubric
    day = moment_of(at, run.as_of).on
    if run.kind == RunKind.FULL:
        if not run.digest_before:
            run.digest_before = state_digest(rubric.pk)
            MaturityRun.objects.filter(pk=run.pk).update(digest_before=run.digest_before)
        lines: list[int] = _active_lines()
    else:
        measured = [line_id for ids in run.chunks.values_list("line_ids", flat=True) for line_id in ids]
        lines = sorted(ancestors_of(measured))
    for page in [*_pages(lines, SCORE_LINES), None]:
        with transaction.atomic():
            _lock_rubric(rubric.pk)
            changed = score_lines(rubric, page or [], programme=page is None, on=day, at=at, run=run)
            MaturityRun.objects.filter(pk=run.pk).update(
                changed=F("changed") + changed, lease_until=at + LEASE
            )
    with transaction.atomic():
        if run.kind == RunKind.FULL:
            close_archived(at=at)
            wind_windows(at=at)
        MaturityRun.objects.filter(pk=run.pk).update(
            state=RunState.DONE, finished_at=at, updated_at=at, lease_until=None, error="",
            digest=state_digest(rubric.pk) if run.kind == RunKind.FULL else "",
        )  # fmt: skip


def run_inline(run: MaturityRun, *, at: dt.datetime) -> MaturityRun:
    """Do all parts of a run here and now, and wait for any part that a worker's sweep took meanwhile."""
    for _second in range(int(LEASE.total_seconds())):
        for index in range(run.chunks_total):
            run_chunk(run, index, at=at)
        finish_run(run, at=at)
        run.refresh_from_db()
        if run.state in (RunState.DONE, RunState.FAILED):
            break
        time.sleep(1)
    return run


def resume_runs(*, at: dt.datetime) -> int:
    """Ask again for whatever lost its worker; returns how many calls were sent. The rows say what is left, not the broker."""
    asked = 0
    for run in MaturityRun.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING]).order_by("pk"):
        left = list(RunChunk.objects.filter(run=run).exclude(state=ChunkState.DONE))
        due = [c for c in left if c.state == ChunkState.QUEUED or c.lease_until is None or c.lease_until < at]
        if not left and (run.lease_until is None or run.lease_until < at):
            # The call of a finished part ends in `finish_run`, whoever makes it.
            later("metrics.run_chunk", run_id=run.pk, index=0)
            asked += 1
        for chunk in due:
            later("metrics.run_chunk", run_id=run.pk, index=chunk.index)
            asked += 1
    return asked


def consume_facts(*, at: dt.datetime, limit: int = FACTS_AT_ONCE) -> Consumed:
    """Measure and judge afresh what changed facts touch, then delete exactly the rows that were read.

    All in one transaction: a worker that dies leaves the facts for the next. Rows written meanwhile are not deleted, so no
    change is lost, and a second pass finds nothing to do.
    """
    if not LineFact.objects.exists():
        return Consumed(0, 0, 0)
    system = Actor.system("maturity")
    rubric = ready_rubric(by=system, at=at)
    with transaction.atomic():
        _lock_rubric(rubric.pk)
        rows = list(LineFact.objects.order_by("pk").values_list("pk", "line_id", "fact")[:limit])
        if not rows:
            return Consumed(0, 0, 0)
        lines, changed, run = _follow(rubric, [(line_id, fact) for _pk, line_id, fact in rows], at)
        LineFact.objects.filter(pk__in=[pk for pk, _line, _fact in rows]).delete()
        RubricVersion.objects.filter(pk=rubric.pk).update(facts_followed=F("facts_followed") + len(rows))
    return Consumed(len(rows), lines, changed, run)


def _work(
    facts: Iterable[tuple[int | None, str]], everything: bool
) -> tuple[dict[frozenset[str], list[int]], frozenset[str], set[int]]:
    """Which codes to measure for which lines, which programme codes, and which lines to judge whatever is measured."""
    own, once = codes_of(Scope.LINE), codes_of(Scope.PROGRAMME)
    by_line: dict[int, set[str]] = defaultdict(set)
    common: set[str] = set()
    programme: set[str] = set()
    always: set[int] = set()
    excused: set[int | None] = set()
    for line_id, fact in set(facts):
        touched = reading_facts([fact])
        programme |= touched & once
        if fact == "exceptions":
            excused.add(line_id)
        if line_id is None:
            common |= touched & own
        else:
            by_line[line_id] |= touched & own
            if fact in _ALWAYS:
                always.add(line_id)
    if everything:
        common, programme = set(own), set(once)
    lines = _active_lines() if common else sorted(by_line)
    groups: dict[frozenset[str], list[int]] = defaultdict(list)
    for line_id in lines:
        groups[frozenset(common | by_line.get(line_id, set()))].append(line_id)
    return groups, frozenset(programme), always | _below(excused)


def _below(excused: Collection[int | None]) -> set[int]:
    """The lines that an exception of one of these lines (None: of the whole company) excuses: themselves and all below."""
    if None in excused:
        return set(_active_lines())
    links = LineClosure.objects.filter(ancestor_id__in=excused)
    return set(links.values_list("descendant_id", flat=True)) if excused else set()


def _follow(
    rubric: RubricVersion, facts: list[tuple[int | None, str]], at: dt.datetime
) -> tuple[int, int, MaturityRun | None]:
    """Measure and judge; returns lines judged, verdicts changed, and the run when something changed."""
    moment = moment_of(at)
    first = not StageRow.objects.open().filter(rubric=rubric, line__isnull=True).exists()
    groups, programme, always = _work(facts, first)
    touched: set[int | None] = set(always)
    if programme:
        touched |= store_readings(measure(programme, [], moment), codes=programme, lines=[], at=at)
    _lock_lines([line_id for ids in groups.values() for line_id in ids])
    for codes, ids in groups.items():
        for page in _pages(ids, SCORE_LINES):
            touched |= store_readings(measure(codes, page, moment), codes=codes, lines=page, at=at)
    if first or any(fact == "training" for _line, fact in facts):
        wind_windows(at=at)
    if first:
        touched |= set(_active_lines()) | {None}
    if not touched:
        return 0, 0, None
    lines = sorted(ancestors_of(line_id for line_id in touched if line_id is not None))
    run = MaturityRun.objects.create(
        kind=RunKind.INCREMENTAL, rubric=rubric, as_of=moment.on, state=RunState.DONE, started_at=at, finished_at=at,
        created_at=at, updated_at=at, lines=len(lines), requested_by_label=Actor.system("maturity").label,
    )  # fmt: skip
    changed = 0
    for page in _pages(lines, SCORE_LINES):
        changed += score_lines(rubric, page, programme=False, on=moment.on, at=at, run=run)
    changed += score_lines(rubric, [], programme=True, on=moment.on, at=at, run=run)
    if not changed:
        run.delete()
        return len(lines), 0, None
    run.changed = changed
    run.save(update_fields=["changed"])
    return len(lines), changed, run
