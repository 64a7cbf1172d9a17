"""Takes observations in: an idempotent upsert that keeps what it corrects, and rollups that never lag behind.

One transaction at a time writes observations (`metrics.db.lock_writers`), so what is compared is what is replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coe.enums.work import RowOutcome
from coe.errors import Invalid, Problem
from coe.models import BusinessLine, ImportBatch, SocialAccount
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import Entry, record_many
from metrics import db
from metrics.enums.dictionary import Aggregation, Source, Subject
from metrics.models import Metric, ObservationRevision
from metrics.services.rollups import MonthKey, RollupDelta, RollupKey, add_months, add_rollups, add_to

LARGEST = 10**18
FIRST_DAY = date(1990, 1, 1)
AHEAD = timedelta(days=1)
CHUNK = 5_000

Values = tuple[int | None, int | None, int | None]
Key = tuple[int, int, int, date]


@dataclass(frozen=True, slots=True)
class NewObservation:
    """One value of one metric on one day, of an account or of a line; integers scaled as the metric says."""

    metric: str
    on: date
    account_id: int | None = None
    line_id: int | None = None
    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None


@dataclass(frozen=True)
class Recorded:
    """What became of each row, in their order, and the lines whose figures moved."""

    outcomes: tuple[RowOutcome, ...]
    line_ids: frozenset[int]

    def count(self, outcome: RowOutcome) -> int:
        """How many rows had this outcome."""
        return self.outcomes.count(outcome)


def problem_of(row: NewObservation, metric: Metric | None, *, at: datetime) -> Problem | None:
    """What is wrong with a row by itself, or None. Used before writing, by every door."""
    if metric is None or not metric.is_active:
        return _problem(
            "metric",
            "metric_unknown",
            _("“%(value)s” is not a metric of the dictionary.") % {"value": row.metric},
        )
    if (row.account_id is None) == (row.line_id is None):
        return _problem("account", "subject_unclear", _("Name either an account or a line."))
    if metric.subject == Subject.ACCOUNT and row.account_id is None:
        return _problem(
            "account",
            "wrong_subject",
            _("%(metric)s is measured on accounts; name one.") % {"metric": metric},
        )
    if metric.subject == Subject.LINE and row.line_id is None:
        return _problem(
            "line",
            "wrong_subject",
            _("%(metric)s is measured on lines; leave the account out.") % {"metric": metric},
        )
    if not FIRST_DAY <= row.on <= (at + AHEAD).date():
        code = "date_in_future" if row.on > FIRST_DAY else "date_out_of_range"
        return _problem(
            "date",
            code,
            _("%(date)s is not a day that can have been observed yet.") % {"date": row.on.isoformat()},
        )
    return _value_problem(row, metric)


def _value_problem(row: NewObservation, metric: Metric) -> Problem | None:
    given = {"value": row.value, "numerator": row.numerator, "denominator": row.denominator}
    needed = ("numerator", "denominator") if metric.aggregation == Aggregation.RATIO else ("value",)
    for name, number in given.items():
        if name in needed and number is None:
            return _problem(name, "required", _("%(metric)s needs this number.") % {"metric": metric})
        if name not in needed and number is not None:
            return _problem(
                name, "not_of_metric", _("%(metric)s does not have this number.") % {"metric": metric}
            )
        # bool is an int in Python and 1 would be stored for it.
        if number is not None and (type(number) is not int or not -LARGEST < number < LARGEST):
            return _problem(
                name,
                "out_of_range",
                _("“%(value)s” is not a finite number that can be stored.") % {"value": number},
            )
    if row.denominator is not None and row.denominator < 0:
        return _problem("denominator", "out_of_range", _("A denominator cannot be negative."))
    if (
        metric.aggregation in (Aggregation.LAST, Aggregation.SUM)
        and (row.value or 0) < 0
        and metric.unit != "currency"
    ):
        return _problem("value", "out_of_range", _("A count cannot be negative."))
    return None


def _problem(field: str, code: str, message: str) -> Problem:
    return Problem(field, code, message)


@transaction.atomic
def record_observations(
    rows: Sequence[NewObservation],
    *,
    by: Actor,
    at: datetime,
    source: str,
    batch: ImportBatch | None = None,
    metrics: Mapping[str, Metric] | None = None,
    lines: Mapping[int, int] | None = None,
) -> Recorded:
    """Store observations, all or none; the same value again changes nothing, another value keeps the earlier one.

    `metrics` (by code) and `lines` (account → owning line) save two queries to callers who hold them already. Of two rows
    for one subject, metric and day the later one stands and the earlier one is skipped.

    :raises Invalid: with one problem for each wrong row (`row` counts from 0); nothing is written.
    """
    if metrics is None:
        metrics = {
            metric.code: metric for metric in Metric.objects.filter(code__in={row.metric for row in rows})
        }
    problems = []
    for place, row in enumerate(rows):
        if found := problem_of(row, metrics.get(row.metric), at=at):
            problems.append(Problem(found.field, found.code, found.message, row=place))
    asked = {row.account_id for row in rows if row.account_id is not None}
    if lines is None:
        lines = dict(SocialAccount.objects.filter(pk__in=asked).values_list("pk", "line_id"))
    problems += [
        Problem("account", "account_unknown", _("No such account."), row=place)
        for place, row in enumerate(rows)
        if row.account_id is not None and row.account_id not in lines
    ]
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    db.lock_writers()
    outcomes: list[RowOutcome] = []
    touched: set[int] = set()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        found, moved = _write(
            part, [metrics[row.metric].pk for row in part], lines, at=at, source=source, batch=batch
        )
        outcomes += found
        touched |= moved
    note_facts([(line, "observations") for line in touched], at=at)
    if source != Source.IMPORT and touched:
        entries = [
            Entry("line.observations_recorded", line) for line in BusinessLine.objects.filter(pk__in=touched)
        ]
        record_many(entries, by=by, at=at)
    return Recorded(tuple(outcomes), frozenset(touched))


_FIND = """
SELECT s.n, o.id, o.value, o.numerator, o.denominator, o.source FROM metrics_stage_values s
JOIN metrics_observation o ON o.{subject}_id = s.{subject}_id AND o.metric_id = s.metric_id AND o."on" = s.day
WHERE s.{subject}_id IS NOT NULL
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


def _superseded(candidates: set[int], batch: ImportBatch | None) -> dict[int, set[Values]]:
    """Values that a later row of this very file replaced when it was imported before.

    Without this a file that names one day twice, rows apart, would go back and forth each time it is imported again.
    """
    found: dict[int, set[Values]] = {}
    if batch is None or not candidates:
        return found
    rows = ObservationRevision.objects.filter(
        observation__in=candidates, batch=F("replaced_by_batch"), batch__file_sha256=batch.file_sha256
    ).exclude(batch=batch)
    for pk, *values in rows.values_list("observation_id", "value", "numerator", "denominator"):
        found.setdefault(pk, set()).add((values[0], values[1], values[2]))
    return found


def _write(
    rows: Sequence[NewObservation], metric_ids: Sequence[int], lines: Mapping[int, int], *, at: datetime, source: str,
    batch: ImportBatch | None,
) -> tuple[list[RowOutcome], set[int]]:  # fmt: skip
    """Write one chunk: compare with what is stored, insert, correct, and add the differences to the rollups."""
    places: dict[Key, list[int]] = {}
    for place, (row, metric_id) in enumerate(zip(rows, metric_ids, strict=True)):
        key = (row.account_id or 0, row.line_id or 0, metric_id, row.on)
        places.setdefault(key, []).append(place)
    keys = list(places)
    final: list[Values] = []
    for key in keys:
        last = rows[places[key][-1]]
        final.append((last.value, last.numerator, last.denominator))
    db.stage(
        "metrics_stage_values",
        (
            (n, key[0] or None, key[1] or None, key[2], key[3], *values)
            for n, (key, values) in enumerate(zip(keys, final, strict=True))
        ),
    )
    stored: dict[int, tuple[int, Values, str]] = {}
    for subject in ("account", "line"):
        if any(key[0 if subject == "account" else 1] for key in keys):
            for n, pk, value, above, below, was in db.rows(_FIND.format(subject=subject)):
                stored[n] = (pk, (value, above, below), was)

    superseded = _superseded({pk for n, (pk, values, _was) in stored.items() if values != final[n]}, batch)
    outcomes: list[RowOutcome] = [RowOutcome.UNCHANGED] * len(rows)
    fresh, corrected = [], []
    rollups: dict[RollupKey, RollupDelta] = {}
    months: dict[MonthKey, tuple[int, int, date]] = {}
    touched: set[int] = set()
    by_machine = int(source != Source.TYPED)
    for n, key in enumerate(keys):
        account, line, metric_id, on = key
        before = stored.get(n)
        if before and final[n] in superseded.get(before[0], ()):
            for place in places[key]:
                outcomes[place] = RowOutcome.SKIPPED
            continue
        effect = RowOutcome.CREATED if before is None else RowOutcome.UPDATED
        if before and before[1] == final[n]:
            effect = RowOutcome.UNCHANGED
        for place in places[key]:
            row = rows[place]
            if (row.value, row.numerator, row.denominator) != final[n]:
                outcomes[place] = RowOutcome.SKIPPED
            else:
                outcomes[place], effect = effect, RowOutcome.UNCHANGED
        if before and before[1] == final[n]:
            continue
        staged = (account or None, line or None, metric_id, on, *final[n])
        old = before[1] if before else (0, 0, 0)
        if before:
            corrected.append((before[0], *staged))
        else:
            fresh.append((n, *staged))
        owner = lines[account] if account else line
        touched.add(owner)
        v, a, b = ((new or 0) - (was or 0) for new, was in zip(final[n], old, strict=True))
        add_to(rollups, (owner, metric_id, on), (v, a, b, 0 if before else 1))
        if account:
            machine = by_machine - (int(before[2] != Source.TYPED) if before else 0)
            seen = months.get((account, on.replace(day=1)), (0, 0, on))
            months[account, on.replace(day=1)] = (
                seen[0] + (0 if before else 1),
                seen[1] + machine,
                max(seen[2], on),
            )
    batch_id = batch.pk if batch else None
    if fresh:
        db.stage("metrics_stage_values", fresh)
        db.run(_INSERT, [source, batch_id, at])
    if corrected:
        db.stage("metrics_stage_values", corrected)
        db.run(_KEEP, [at, batch_id])
        db.run(_UPDATE, [source, batch_id, at])
    add_rollups(rollups)
    add_months(months)
    return outcomes, touched
