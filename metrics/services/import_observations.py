"""Importing observations: what is known is read by a shortcut, the rest by its mapping, and a chunk is stored as one set."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import Problem
from coe.intake.errors import IntakeError
from coe.intake.shortcut import Shortcut, shortcut_of
from coe.services.importing import (
    ImportContext,
    ImportKind,
    InputRow,
    Kept,
    RawRow,
    RowReader,
    RowResult,
    Tally,
    UndoContext,
)
from metrics import db
from metrics.enums.dictionary import Aggregation, Source, Subject
from metrics.models import Metric
from metrics.services.observation_parts import Part, read_parts
from metrics.services.observing import AHEAD, FIRST_DAY
from metrics.services.storing import Row, note_observed, store_rows
from metrics.services.undoing import kept_observations, undo_some_observations

FIELDS = ("line", "platform", "handle", "url", "metric", "date", "value", "numerator", "denominator")
_SUBJECTS_KEPT = 200_000
_DAYS_KEPT = 20_000
# So many digits fit a stored value at every scale a metric can have.
_DIGITS = 11


class _Subject(NamedTuple):
    """What equal subject cells mean: the account or the line, and the line whose figures move."""

    account: int | None
    line: int | None
    owner: int


class _Measure(NamedTuple):
    """What equal metric cells mean, and what that metric takes."""

    metric: int
    scale: int
    is_ratio: bool
    on_accounts: bool
    on_lines: bool


class _Known:
    """What earlier rows of the file turned out to mean."""

    def __init__(self, shortcut: Shortcut, at: datetime) -> None:
        self.shortcut = shortcut
        self.newest = (at + AHEAD).date()
        self.subjects: dict[Any, _Subject] = {}
        self.measures: dict[Any, _Measure] = {}
        self.days: dict[str, str] = {}

    def _day(self, text: str) -> str | None:
        """A day that can have been observed; None for all that needs a closer look."""
        try:
            day = self.shortcut.read_day(text.strip())
        except IntakeError:
            return None
        # A moment is a date too, and prints otherwise.
        if type(day) is not date or not FIRST_DAY <= day <= self.newest:
            return None
        if len(self.days) >= _DAYS_KEPT:
            self.days.clear()
        return self.days.setdefault(text, day.isoformat())

    def firsts(self, rows: Sequence[RawRow], places: Sequence[int]) -> list[int]:
        """The rows that are the first to name a subject or a metric: the others will be known once these are read."""
        subjects, measures = set(), set()
        found: list[int] = []
        for place in places:
            row = rows[place][1]
            if isinstance(row, dict):
                subject, measure = self.shortcut.subject(row), self.shortcut.metric(row)
                if (subject not in self.subjects and subject not in subjects) or (
                    measure not in self.measures and measure not in measures
                ):
                    subjects.add(subject)
                    measures.add(measure)
                    found.append(place)
        return found

    def read(self, rows: Sequence[RawRow]) -> list[Row | None]:
        """The rows whose subject, metric and day are known, ready to be stored; None where a row needs its mapping."""
        shortcut = self.shortcut
        subject_of, measure_of, day_of = shortcut.subject, shortcut.metric, shortcut.day
        at_value, at_above, at_below = shortcut.numbers
        subjects, measures, days = self.subjects, self.measures, self.days
        found: list[Row | None] = []
        for _number, row in rows:
            ready: Row | None = None
            if (
                type(row) is dict
                and (subject := subjects.get(subject_of(row))) is not None
                and (measure := measures.get(measure_of(row))) is not None
                and (day := days.get(row[day_of]) or self._day(row[day_of])) is not None
                and (measure.on_lines if subject.account is None else measure.on_accounts)
            ):
                value = row[at_value].strip() if at_value else ""
                above = row[at_above].strip() if at_above else ""
                below = row[at_below].strip() if at_below else ""
                if not measure.is_ratio:
                    number = self._scaled(value, measure.scale)
                    if number is not None and not above and not below:
                        ready = (*subject, measure.metric, day, number, None, None)
                elif not value:
                    upper, lower = self._scaled(above, measure.scale), self._scaled(below, measure.scale)
                    if upper is not None and lower is not None:
                        ready = (*subject, measure.metric, day, None, upper, lower)
            found.append(ready)
        return found

    def _scaled(self, text: str, scale: int) -> int | None:
        """A plain number of a usual length, exact; None for all that needs a closer look."""
        if text.isdigit() and len(text) <= _DIGITS and text.isascii():
            return int(text) * 10**scale
        whole, point, fraction = text.partition(".")
        if (
            point
            and self.shortcut.has_points
            and len(whole) <= _DIGITS
            and len(fraction) <= scale
            and whole.isdigit()
            and fraction.isdigit()
            and text.isascii()
        ):
            return int(whole + fraction) * 10 ** (scale - len(fraction))
        return None

    def learn(self, ctx: ImportContext, raw: Any, part: Part) -> None:
        """Remember what a row meant."""
        made = part.observation
        if made is None or not isinstance(raw, dict):
            return
        metric: Metric = ctx.memo["metrics"][made.metric]
        if len(self.subjects) >= _SUBJECTS_KEPT:
            self.subjects.clear()
        owner = ctx.memo["owners"][made.account_id] if made.account_id is not None else made.line_id
        self.subjects[self.shortcut.subject(raw)] = _Subject(made.account_id, made.line_id, owner)
        self.measures[self.shortcut.metric(raw)] = _Measure(
            metric.pk, metric.scale, metric.aggregation == Aggregation.RATIO, metric.subject != Subject.LINE,
            metric.subject != Subject.ACCOUNT,
        )  # fmt: skip


def _known(ctx: ImportContext, reader: RowReader) -> _Known | None:
    if "known" not in ctx.memo:
        shortcut = shortcut_of(reader.mapping, reader.columns) if reader.columns else None
        ctx.memo["known"] = _Known(shortcut, ctx.at) if shortcut else None
    found: _Known | None = ctx.memo["known"]
    return found


def _row_of(ctx: ImportContext, part: Part) -> Row:
    made = part.observation
    assert made is not None
    owner = ctx.memo["owners"][made.account_id] if made.account_id is not None else made.line_id
    return (
        made.account_id, made.line_id, owner, ctx.memo["metrics"][made.metric].pk, made.on.isoformat(),
        made.value, made.numerator, made.denominator,
    )  # fmt: skip


def import_observations(ctx: ImportContext, reader: RowReader, rows: Sequence[RawRow]) -> Tally:
    """Store the observations of some rows. A row is rejected as a whole when one of its records is."""
    known = _known(ctx, reader)
    told: dict[int, RowResult] = {}
    parts: dict[int, list[Part]] = {}
    ready = known.read(rows) if known else [None] * len(rows)
    left = [place for place, row in enumerate(ready) if row is None]
    if known and left:
        firsts = known.firsts(rows, left)
        _read_closely(ctx, reader, rows, firsts, told, parts, known)
        done = set(firsts)
        others = [place for place in left if place not in done]
        for place, row in zip(others, known.read([rows[place] for place in others]), strict=True):
            ready[place] = row
        left = [place for place in others if ready[place] is None]
    if left:
        _read_closely(ctx, reader, rows, left, told, parts, known)
    staged: list[Row] = []
    places: list[int] = []
    for place, row in enumerate(ready):
        if row is not None:
            staged.append(row)
            places.append(place)
        for part in parts.get(place, ()):
            if part.observation is not None:
                staged.append(_row_of(ctx, part))
                places.append(place)
    outcomes: list[RowOutcome] = []
    if staged:
        db.lock_writers()
        outcomes, touched = store_rows(
            staged, at=ctx.at, source=Source.IMPORT, batch=ctx.batch, is_check=ctx.is_check
        )
        if not ctx.is_check:
            note_observed(touched, at=ctx.at)
    return _tally(rows, told, parts, places, outcomes)


def _read_closely(
    ctx: ImportContext, reader: RowReader, rows: Sequence[RawRow], places: Sequence[int], told: dict[int, RowResult],
    parts: dict[int, list[Part]], known: _Known | None,
) -> None:  # fmt: skip
    """Read some rows by their mapping: add the results of those that store nothing, and the parts of the others, by their place."""
    good: dict[int, InputRow] = {}
    for place in places:
        shaped = reader(*rows[place])
        if isinstance(shaped, RowResult):
            told[place] = shaped
        else:
            good[place] = shaped
    chunk = read_parts(ctx, list(good.values()))
    of_row: dict[int, list[Part]] = {}
    for part in chunk.left():
        of_row.setdefault(part.row, []).append(part)
    for place, one in good.items():
        if one.skip:
            told[place] = ctx.skipped(one)
        elif one.number in chunk.problems:
            told[place] = ctx.rejected(one, *dict.fromkeys(chunk.problems[one.number]))
        else:
            found = parts[place] = of_row.get(one.number, [])
            if known and len(found) == 1:
                known.learn(ctx, rows[place][1], found[0])


_ORDER = (RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED, RowOutcome.SKIPPED)


def _tally(
    rows: Sequence[RawRow], told: Mapping[int, RowResult], parts: Mapping[int, list[Part]], places: Sequence[int],
    outcomes: Sequence[RowOutcome],
) -> Tally:  # fmt: skip
    tally = Tally()
    results = dict(told)
    if len(outcomes) == len(rows) and not parts:
        for outcome in _ORDER[:3]:
            tally.count(outcome, outcomes.count(outcome))
        later = [place for place, one in enumerate(outcomes) if one is RowOutcome.SKIPPED]
    else:
        of_place: dict[int, list[RowOutcome]] = {place: [] for place in range(len(rows)) if place not in told}
        for place, outcome in zip(places, outcomes, strict=True):
            of_place[place].append(outcome)
        later = []
        for place, found in of_place.items():
            best = next((one for one in _ORDER if one in found), RowOutcome.UNCHANGED)
            if best is RowOutcome.SKIPPED:
                later.append(place)
            else:
                tally.count(best, 1)
    if later:
        message = _("A later row gives another value for the same account, metric and day; that one stands.")
        doubled = (Problem("value", "doubled_row", message),)
        results |= {place: RowResult(rows[place][0], RowOutcome.SKIPPED, doubled) for place in later}
    raws = {rows[place][0]: rows[place][1] for place in results}
    tally.add((results[place] for place in sorted(results)), raws)
    return tally


def undo_observations(ctx: UndoContext) -> list[Kept]:
    """Take back a part of a batch; the last call tells what stays."""
    if taken := undo_some_observations(ctx.batch, by=ctx.by, at=ctx.at):
        ctx.taken += taken
        return []
    ctx.is_done = True
    reason = _("Another value was recorded since.")
    return [Kept("metrics.observation", label, reason) for _pk, label in kept_observations(ctx.batch)]


OBSERVATIONS = ImportKind(
    "observations", gettext_lazy("Observations"), Permission.SUBMIT_METRICS, FIELDS, required=("metric", "date"),
    undo_batch=undo_observations, apply_rows=import_observations,
)  # fmt: skip
