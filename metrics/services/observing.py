"""Takes observations in: an idempotent upsert that keeps what it corrects, and rollups that never lag behind.

One transaction at a time writes observations (`metrics.db.lock_writers`), so what is compared is what is replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.work import RowOutcome
from coe.errors import Invalid, Problem
from coe.intake.errors import MESSAGES, REMEDIES
from coe.intake.values import LARGEST
from coe.models import BusinessLine, ImportBatch, SocialAccount
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import Entry, record_many
from metrics import db
from metrics.enums.dictionary import Aggregation, Source, Subject
from metrics.models import Metric
from metrics.selectors.observations import unscaled
from metrics.services.storing import Row, store_rows

FIRST_DAY = date(1990, 1, 1)
AHEAD = timedelta(days=1)
CHUNK = 5_000


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
        if number is not None and type(number) is not int:
            return _problem(
                name,
                "out_of_range",
                _("“%(value)s” is not a finite number that can be stored.") % {"value": number},
            )
        if number is not None and not -LARGEST < number < LARGEST:
            told = {"value": f"{unscaled(number, metric.scale):f}"}
            words = f"{_(MESSAGES['number_out_of_range']) % told} {_(REMEDIES['number_out_of_range'])}"
            return _problem(name, "out_of_range", words)
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
    staged: list[Row] = [
        (
            row.account_id, row.line_id, lines[row.account_id] if row.account_id is not None else row.line_id or 0,
            metrics[row.metric].pk, row.on.isoformat(), row.value, row.numerator, row.denominator,
        )
        for row in rows
    ]  # fmt: skip
    db.lock_writers()
    outcomes: list[RowOutcome] = []
    touched: set[int] = set()
    for start in range(0, len(staged), CHUNK):
        found, moved = store_rows(staged[start : start + CHUNK], at=at, source=source, batch=batch)
        outcomes += found
        touched |= moved
    note_facts([(line, "observations") for line in touched], at=at)
    if source != Source.IMPORT and touched:
        entries = [
            Entry("line.observations_recorded", line) for line in BusinessLine.objects.filter(pk__in=touched)
        ]
        record_many(entries, by=by, at=at)
    return Recorded(tuple(outcomes), frozenset(touched))
