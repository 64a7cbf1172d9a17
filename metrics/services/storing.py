"""Stores one chunk of observations in a fixed number of statements: stage, compare, insert, correct, add to the rollups.

A row is a plain tuple (`Row`): a million of them pass here, and an object for each would cost more than the database does.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import F
from django.utils.translation import gettext as _

from coe.enums.work import RowOutcome
from coe.errors import NotFound
from coe.models import ImportBatch
from coe.services.later import later
from metrics import db
from metrics.enums.dictionary import Source
from metrics.models import ObservationRevision
from metrics.services.rollups import (
    MonthKey,
    RollupDelta,
    RollupKey,
    add_months,
    add_rollups,
    add_staged_values,
    add_to,
)

Values = tuple[int | None, int | None, int | None]
# account or None, line or None, the line whose figures move, metric, ISO day, value, numerator, denominator
Row = tuple[int | None, int | None, int, int, str, int | None, int | None, int | None]

# The scalar subquery makes the planner look each key up in its unique index; a join over a table nobody analysed yet has chosen
# the index of metric and day instead, four thousand rows a key. 0: stored as it is; another number: stored with other values.
_FIND = """
WITH found AS MATERIALIZED (SELECT s.n, (
  SELECT CASE WHEN COALESCE(o.value, {none}) = COALESCE(s.value, {none}) AND COALESCE(o.numerator, {none}) = COALESCE(s.numerator, {none})
    AND COALESCE(o.denominator, {none}) = COALESCE(s.denominator, {none}) THEN 0 ELSE o.id END
  FROM metrics_observation o WHERE o.{subject}_id = s.{subject}_id AND o.metric_id = s.metric_id AND o."on" = s.day) AS id
FROM metrics_stage_values s WHERE s.{subject}_id IS NOT NULL)
SELECT n, id FROM found WHERE id IS NULL OR id <> 0
"""
_NONE = 2**63 - 1  # beyond any value that can be stored
_STORED = """
SELECT id, value, numerator, denominator, source FROM metrics_observation WHERE id IN (SELECT id FROM metrics_stage_ids)
"""
_INSERT = """
INSERT INTO metrics_observation (account_id, line_id, metric_id, "on", value, numerator, denominator, source, batch_id, observed_at)
SELECT account_id, line_id, metric_id, day, value, numerator, denominator, %s, %s, %s FROM metrics_stage_values
"""
_KEEP = """
INSERT INTO metrics_observationrevision
  (observation_id, value, numerator, denominator, source, batch_id, observed_at, replaced_at, replaced_by_batch_id)
SELECT o.id, o.value, o.numerator, o.denominator, o.source, o.batch_id, o.observed_at, %s, %s
FROM metrics_stage_values s JOIN metrics_observation o ON o.id = s.n
"""
_UPDATE = """
UPDATE metrics_observation SET value = s.value, numerator = s.numerator, denominator = s.denominator, source = %s, batch_id = %s,
  observed_at = %s FROM metrics_stage_values s WHERE s.n = metrics_observation.id
"""


_NOTE = "INSERT INTO coe_linefact (line_id, fact, at) SELECT id, 'observations', %s FROM metrics_stage_ids"


def note_observed(lines: Iterable[int], *, at: datetime) -> None:
    """`note_facts` for the thousand lines that one chunk of an import touches, in two statements."""
    if wanted := sorted(set(lines)):
        db.stage("metrics_stage_ids", [(line, None) for line in wanted], is_joined=False)
        db.run(_NOTE, [at])
        later("metrics.consume_facts")


def _stage(rows: Iterable[tuple[int, Row]], *, is_joined: bool = False) -> None:
    db.stage("metrics_stage_values", ((n, *row) for n, row in rows), is_joined=is_joined)


def _superseded(candidates: Iterable[int], batch: ImportBatch | None) -> dict[int, set[Values]]:
    """Values that a later row of this very file replaced when it was imported before.

    Without this a file that names one day twice, rows apart, would go back and forth each time it is imported again.
    """
    found: dict[int, set[Values]] = {}
    if batch is None:
        return found
    rows = ObservationRevision.objects.filter(
        observation__in=list(candidates), batch=F("replaced_by_batch"), batch__file_sha256=batch.file_sha256
    ).exclude(batch=batch)
    for pk, *values in rows.values_list("observation_id", "value", "numerator", "denominator"):
        found.setdefault(pk, set()).add((values[0], values[1], values[2]))
    return found


def store_rows(
    rows: Sequence[Row], *, at: datetime, source: str, batch: ImportBatch | None, is_check: bool = False
) -> tuple[list[RowOutcome], set[int]]:
    """Store up to a chunk of valid rows under the writers' lock; returns what became of each, and the lines whose figures moved.

    Of two rows for one subject, metric and day the later one stands. A check (`is_check`) will be rolled back and leaves the
    rollups out.
    """
    places: dict[tuple[int | None, int | None, int, str], list[int]] | None = None
    if len({(row[0], row[1], row[3], row[4]) for row in rows}) < len(rows):
        places = {}
        for place, row in enumerate(rows):
            places.setdefault((row[0], row[1], row[3], row[4]), []).append(place)
    final = rows if places is None else [rows[spots[-1]] for spots in places.values()]
    effects, touched = _write(final, at=at, source=source, batch=batch, is_check=is_check)
    if places is None:
        return effects, touched
    outcomes = [RowOutcome.SKIPPED] * len(rows)
    for spots, row, effect in zip(places.values(), final, effects, strict=True):
        for place in spots:
            if effect != RowOutcome.SKIPPED and rows[place][5:] == row[5:]:
                outcomes[place], effect = effect, RowOutcome.UNCHANGED
    return outcomes, touched


def _find(rows: Sequence[Row]) -> dict[int, int | None]:
    """For each staged row that is not stored as it is: None when it is new, else the observation it corrects."""
    found: dict[int, int | None] = {}
    for place, subject in enumerate(("account", "line")):
        if any(row[place] is not None for row in rows):
            found.update(db.rows(_FIND.format(subject=subject, none=_NONE)))
    return found


def _held(rows: Sequence[Row]) -> tuple[Sequence[Row], bool]:
    """Keep what the staged rows refer to from going away until the transaction ends, and see that it is there.

    The line whose figures move is the one that owns the account now: the caller's knowledge may be older than the writers' lock.
    Returns the rows, and whether an account has moved.

    :raises NotFound: an account, a line or a metric is gone that the caller knew a moment ago.
    """
    owners = dict(db.hold("coe_socialaccount", key="account_id", of="line_id"))
    lines = {pk for (pk,) in db.hold("coe_businessline", key="line_id")}
    metrics = {pk for (pk,) in db.hold("metrics_metric", key="metric_id")}
    for place, there in ((0, owners.keys()), (1, lines), (3, metrics)):
        if {row[place] for row in rows} - {None} - there:
            raise NotFound(_("This record no longer exists."))
    if all(row[0] is None or owners[row[0]] == row[2] for row in rows):
        return rows, False
    return [row if row[0] is None else (*row[:2], owners[row[0]], *row[3:]) for row in rows], True


def _write(
    rows: Sequence[Row], *, at: datetime, source: str, batch: ImportBatch | None, is_check: bool
) -> tuple[list[RowOutcome], set[int]]:
    _stage(enumerate(rows))
    found = _find(rows)
    outcomes = [RowOutcome.UNCHANGED] * len(rows)
    if not found:
        return outcomes, set()
    rows, has_moved = _held(rows)
    fresh = [n for n, pk in found.items() if pk is None]
    corrected = {n: pk for n, pk in found.items() if pk is not None}
    for n in fresh:
        outcomes[n] = RowOutcome.CREATED
    touched = {rows[n][2] for n in fresh}
    batch_id = batch.pk if batch else None
    if fresh:
        if has_moved or len(fresh) < len(rows):
            _stage((n, rows[n]) for n in fresh)
        db.run(_INSERT, [source, batch_id, at])
        if not is_check:
            add_staged_values(imported=source != Source.TYPED)
    if corrected:
        touched |= _correct(rows, corrected, outcomes, at=at, source=source, batch=batch)
    return outcomes, touched


def _correct(
    rows: Sequence[Row], corrected: dict[int, int], outcomes: list[RowOutcome], *, at: datetime, source: str,
    batch: ImportBatch | None,
) -> set[int]:  # fmt: skip
    """Replace the values of stored observations, keep the earlier ones, and add the differences to the rollups."""
    db.stage("metrics_stage_ids", ((pk, None) for pk in corrected.values()))
    stored = {pk: ((v, a, b), was) for pk, v, a, b, was in db.rows(_STORED)}
    superseded = _superseded(stored, batch)
    rollups: dict[RollupKey, RollupDelta] = {}
    months: dict[MonthKey, tuple[int, int, date]] = {}
    by_machine = int(source != Source.TYPED)
    kept: list[tuple[int, Row]] = []
    for n, pk in corrected.items():
        row = rows[n]
        account, _line, owner, metric, day, *new = row
        old, was = stored[pk]
        if tuple(new) in superseded.get(pk, ()):
            outcomes[n] = RowOutcome.SKIPPED
            continue
        outcomes[n] = RowOutcome.UPDATED
        kept.append((pk, row))
        on = date.fromisoformat(day)
        v, a, b = ((one or 0) - (other or 0) for one, other in zip(new, old, strict=True))
        add_to(rollups, (owner, metric, on), (v, a, b, 0))
        if account is not None and (machine := by_machine - int(was != Source.TYPED)):
            seen = months.get((account, on.replace(day=1)), (0, 0, on))
            months[account, on.replace(day=1)] = (0, seen[1] + machine, max(seen[2], on))
    if kept:
        batch_id = batch.pk if batch else None
        _stage(kept, is_joined=True)
        db.run(_KEEP, [at, batch_id])
        db.run(_UPDATE, [source, batch_id, at])
        add_rollups(rollups)
        add_months(months)
    return {row[2] for _pk, row in kept}
