"""Imports: stage a file, look at what it would do, apply it in commits, resume it after a crash.

How a kind joins in
-------------------
An app registers one `ImportKind` in `AppConfig.ready`: `import_kinds.register("observations", ImportKind(...))`.
The framework reads the file, filters rows the mapping skips or cannot read, and hands the rest to the kind in chunks
of at most `chunk_rows` (rows that a rule skips come too when they keep a record):

    apply(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]      one result per row, in the same order

`apply` runs inside the chunk's transaction and does the whole work: scope (`ctx.allows(line_id)`, else reject the row
with `ctx.outside(row)`), writes, history (`batch_id=ctx.batch.public_id`), facts, and
`note_effects(ctx.batch, effects=[...])` for each record that `undo` must take back. A row counts once:
created > updated > unchanged over its records; rejected if any record is refused.

`check(ctx, rows)` has the same shape and writes nothing. A kind without one is checked by running `apply` in a
transaction that is rolled back, which is exact; a kind with millions of rows supplies its own.

A kind with millions of rows may take them as the file has them: `apply_rows(ctx, reader, rows) -> Tally`, where
`reader(number, row)` gives the `InputRow` or the `RowResult` of a row that it cannot answer more quickly by itself. It stands for
`apply` and for the check alike (`ctx.is_check` tells which, and what is written will be rolled back).

`undo` maps `model._meta.label_lower` to a handler of merged effects (see `coe.services.undo`). `undo_batch(ctx)` runs
before them, one transaction a call until it sets `ctx.is_done = True`, for kinds that keep their own record of what
they did (observations: by their `batch`).

`ctx.memo` is a dictionary that lives as long as the run, for caches. It is emptied when a chunk fails.
Bulk services for records that appear on the way: `coe.services.lines.ensure_lines`,
`coe.services.accounts.ensure_accounts`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import Problem
from coe.intake.errors import MESSAGES, RowProblem
from coe.intake.mapping import Mapping as FileMapping, Record
from coe.models import ImportBatch
from coe.rules.principals import Actor, Principal

CHUNK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row that the mapping could read: its number in the file, its records (`coe.intake` Records: `.kind`, `.fields`), and the row
    as it stood there. With `skip` a rule leaves the row out, but its records shall come to be all the same (the account of a
    row without a value); its result is `ctx.skipped(row)`.
    """

    number: int
    records: tuple[Record, ...]
    raw: Mapping[str, Any] = field(default_factory=dict)
    skip: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row."""

    row: int
    outcome: RowOutcome
    problems: tuple[Problem, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ImportContext:
    """What a kind needs while it works. `allowed` is None when the importer may write on every line.

    `creates_lines` and `creates_metrics`: the mapping makes them on the way, and the importer may. `mapping.create["accounts"]` is
    the kind's to obey, and so is `registers`: the lines on which the importer may register accounts (None: on every one).
    """

    batch: ImportBatch
    mapping: FileMapping
    principal: Principal
    by: Actor
    at: datetime
    allowed: set[int] | None
    may_create_lines: bool
    creates_lines: bool = False
    creates_metrics: bool = False
    registers: set[int] | None = None
    is_check: bool = False
    memo: dict[str, Any] = field(default_factory=dict)

    def allows(self, line_id: int | None) -> bool:
        """Whether rows of this file may touch records of a line."""
        return self.allowed is None or (line_id is not None and line_id in self.allowed)

    def may_register(self, line_id: int | None) -> bool:
        """Whether rows of this file may register accounts on a line, or tell new things about those that are there."""
        return self.registers is None or (line_id is not None and line_id in self.registers)

    def outside(self, row: InputRow, *, field: str = "line", name: str = "") -> RowResult:
        """The rejection of a row on a line that is not there, or outside the scope of an importer who does not learn which of both."""
        if self.allowed is None:
            message = _(
                "There is no line “%(line)s”. Import lines first, correct the code, or let the import create lines."
            )
            return self.rejected(row, Problem(field, "line_unknown", message % {"line": name}))
        message = _("“%(line)s” is not a line you may import for.") % {"line": name}
        return self.rejected(row, Problem(field, "line_outside_scope", message))

    def skipped(self, row: InputRow) -> RowResult:
        """The result of a row that a rule of the mapping leaves out."""
        message = _(MESSAGES.get(row.skip, row.skip))
        return RowResult(row.number, RowOutcome.SKIPPED, (Problem("", row.skip, message),))

    def repeated(self, row: InputRow, earlier: int) -> RowResult:
        """The result of a row that says word for word what an earlier one said."""
        message = _("The row repeats row %(row)s word for word.") % {"row": earlier}
        return RowResult(row.number, RowOutcome.SKIPPED, (Problem("", "doubled_row", message),))

    def rejected(self, row: InputRow, *problems: Problem) -> RowResult:
        """The rejection of a row for reasons of its own."""
        return RowResult(row.number, RowOutcome.REJECTED, problems)


RowWork = Callable[[ImportContext, Sequence[InputRow]], list[RowResult]]
RawRow = tuple[int, Mapping[str, Any] | RowProblem]


@dataclass
class Tally:
    """What became of the rows of a chunk: how many had each outcome, and the results that have something to tell, with their rows."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    told: list[RowResult] = field(default_factory=list)
    more_problems: int = 0

    def count(self, outcome: RowOutcome, many: int) -> None:
        """Add rows of one outcome that need no word."""
        self.rows += many
        self.counts[outcome.value] = self.counts.get(outcome.value, 0) + many

    def add(self, results: Iterable[RowResult], raws: Mapping[int, Any]) -> None:
        """Add results, and to those that say something the row as it stood in the file."""
        for result in results:
            self.count(result.outcome, 1)
            if result.problems:
                raw = raws.get(result.row)
                self.told.append(replace(result, raw=raw if isinstance(raw, Mapping) else {}))

    def absorb(self, other: "Tally", *, most: int) -> None:
        """Add another chunk's; of more than `most` results that tell something only the number of problems is kept."""
        self.rows += other.rows
        for name, many in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + many
        room = max(most - len(self.told), 0)
        self.told += other.told[:room]
        self.more_problems += other.more_problems + sum(len(one.problems) for one in other.told[room:])


class RowReader:
    """Reads one row of a file by its mapping. `columns` are those of a flat file whose cells are texts, else empty."""

    def __init__(
        self, read: Callable[[int, Any], InputRow | RowResult], mapping: FileMapping, columns: Sequence[str]
    ) -> None:
        self._read = read
        self.mapping = mapping
        self.columns = tuple(columns)

    def __call__(self, number: int, row: Any) -> InputRow | RowResult:
        return self._read(number, row)


RawWork = Callable[[ImportContext, RowReader, Sequence[RawRow]], Tally]


@dataclass(frozen=True)
class Kept:
    """A record that undo left as it is, and why."""

    object_type: str
    label: str
    reason: str


@dataclass
class UndoContext:
    """What an undo handler needs. `is_done` is set by `undo_batch` when nothing is left for it; `taken` counts records taken back."""

    batch: ImportBatch
    by: Actor
    at: datetime
    is_done: bool = False
    taken: int = 0


UndoHandler = Callable[[UndoContext, Sequence[Any]], list[Kept]]


@dataclass(frozen=True)
class ImportKind:
    """A sort of file that can be imported. `fields` are the columns of the identity mapping, in export order.

    `required` names fields a file must have a column for; `a|b` is satisfied by either.
    """

    code: str
    label: str | Promise
    permission: Permission
    fields: tuple[str, ...]
    apply: RowWork | None = None
    check: RowWork | None = None
    required: tuple[str, ...] = ()
    undo: Mapping[str, UndoHandler] = field(default_factory=dict)
    undo_batch: Callable[[UndoContext], list[Kept]] | None = None
    chunk_rows: int = CHUNK_ROWS
    apply_rows: RawWork | None = None


__all__ = [
    "CHUNK_ROWS", "ImportContext", "ImportKind", "InputRow", "Kept", "RawRow", "RawWork", "RowReader", "RowResult", "RowWork", "Tally",
    "UndoContext", "UndoHandler",
]  # fmt: skip
