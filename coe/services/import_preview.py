"""The first rows of a file as an import would understand them: what each cell becomes, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coe import handles
from coe.enums.work import RowOutcome
from coe.errors import Problem
from coe.intake.cells import columns_of
from coe.intake.errors import IntakeError
from coe.intake.mapped import reading_of
from coe.intake.mapping import Mapping as FileMapping
from coe.intake.reader import open_table
from coe.models import ImportBatch
from coe.services.import_runs import context_of, is_ours, kind_of
from coe.services.importing import ImportContext, ImportKind, InputRow, RawRow, RowReader, RowResult
from coe.services.platforms import catalogue
from coe.services.reading import as_problem, open_file, row_reader

ROWS_SHOWN = 8
_LONGEST = 60
_SMALL = 5_000_000  # bytes; looking for the header opens the file several times


@dataclass(frozen=True)
class PreviewCell:
    """One field of one row: the value as it will be stored, or as it stands in the file where it cannot be read or used."""

    text: str
    is_wrong: bool = False


@dataclass(frozen=True)
class PreviewRow:
    """One record a row asks for. `outcome` and `problems` stand on the first record of the row only."""

    number: int
    outcome: RowOutcome | None
    cells: tuple[PreviewCell, ...]
    problems: tuple[Problem, ...] = ()
    meaning: str = ""


@dataclass(frozen=True)
class Preview:
    """The first rows; `error` says why there are none."""

    fields: tuple[str, ...] = ()
    rows: tuple[PreviewRow, ...] = ()
    error: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Glimpse:
    """The header of a file and the first values of each column, as they stand there."""

    columns: tuple[str, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    error: str = ""


def glimpse(batch: ImportBatch, *, document: Mapping[str, Any]) -> Glimpse:
    """Open a file as a mapping document says (sheet, header row, formulas) and look at its first rows."""
    try:
        table = open_table(Path(batch.stored_path), name=batch.file_name, **reading_of(document))
        columns = tuple(table.columns)
        samples: dict[str, list[str]] = {name: [] for name in columns}
        for _number, row in islice(table, ROWS_SHOWN):
            for name in columns if isinstance(row, dict) else ():
                text = _text(row.get(name))
                if text and text not in samples[name] and len(samples[name]) < 3:
                    samples[name].append(text)
    except IntakeError as error:
        return Glimpse(error=as_problem(error).message)
    except (OSError, UnicodeError):
        return Glimpse(error=_("The file is no longer there. Upload it again."))
    return Glimpse(columns, {name: tuple(found) for name, found in samples.items()})


def likely_header_row(batch: ImportBatch, *, document: Mapping[str, Any]) -> int | None:
    """The row that seems to hold the column names where titles stand above them; None when nothing is better than the first one."""
    if batch.file_bytes > _SMALL:
        return None
    widths = {}
    for row in range(2, 8):
        seen = glimpse(batch, document={**document, "header_row": row})
        widths[row] = 0 if seen.error else len(seen.columns)
    best = max(widths, key=lambda row: (widths[row], -row))
    return best if widths[best] > 1 else None


def preview_import(batch: ImportBatch, *, document: Mapping[str, Any], at: datetime) -> Preview:
    """Understand the first rows with a mapping. They are really worked on, in a transaction that is rolled back: nothing is written."""
    kind = kind_of(batch.kind)
    try:
        table, mapping, notes = open_file(
            Path(batch.stored_path), name=batch.file_name, kind=batch.kind, document=document
        )
        reader = row_reader(table, mapping=mapping, is_ours=is_ours(batch))
        written = list(islice(table, ROWS_SHOWN))
        rows = [reader(number, row) for number, row in written]
    except IntakeError as error:
        return Preview(error=as_problem(error).message)
    except (OSError, UnicodeError):
        return Preview(error=_("The file is no longer there. Upload it again."))
    with transaction.atomic():
        told = _tried(
            context_of(batch, kind=kind, mapping=mapping, at=at, is_check=True), kind, reader, written, rows
        )
        transaction.set_rollback(True)
    names = _names(mapping, rows)
    known = catalogue()
    shown: list[PreviewRow] = []
    for row in rows:
        records = [one.fields for one in row.records] if isinstance(row, InputRow) else [None]
        for place, fields in enumerate(records):
            if len(shown) < 2 * ROWS_SHOWN:
                number = row.number if isinstance(row, InputRow) else row.row
                result = told[number] if place == 0 else None
                shown.append(_shown(row, fields, result, names, mapping, known))
    return Preview(names, tuple(shown), notes=tuple(notes))


def _tried(
    ctx: ImportContext, kind: ImportKind, reader: RowReader, written: list[RawRow], rows: list[InputRow | RowResult]
) -> dict[int, RowResult]:  # fmt: skip
    """What became of each row: all at once, or one by one for a kind that only counts."""
    told = {row.row: row for row in rows if isinstance(row, RowResult)}
    good = [row for row in rows if isinstance(row, InputRow)]
    if kind.apply_rows is None:
        work = kind.check or kind.apply
        return told | {result.row: result for result in (work(ctx, good) if work and good else [])}
    for number, row in written:
        tally = kind.apply_rows(ctx, reader, [(number, row)])
        outcome = next((name for name, many in tally.counts.items() if many), RowOutcome.UNCHANGED)
        told[number] = next(iter(tally.told), RowResult(number, RowOutcome(outcome)))
    return told


def _names(mapping: FileMapping, rows: list[InputRow | RowResult]) -> tuple[str, ...]:
    """Fields that a shown record has, in the order of the mapping; those of no shown record are left out."""
    declared = [
        *mapping.data["fields"],
        *(name for part in mapping.data.get("records", ()) for name in part.get("fields", ())),
    ]
    seen = {
        name
        for row in rows
        if isinstance(row, InputRow)
        for one in row.records
        for name, value in one.fields.items()
        if _text(value)
    }
    return tuple(dict.fromkeys(name for name in declared if name in seen or not seen))


def _shown(
    row: InputRow | RowResult, fields: Mapping[str, Any] | None, result: RowResult | None, names: tuple[str, ...], mapping: FileMapping,
    known: handles.Catalogue,
) -> PreviewRow:  # fmt: skip
    problems = result.problems if result else ()
    number = row.number if isinstance(row, InputRow) else row.row
    cells = []
    for name in names:
        is_wrong = any(one.field == name for one in problems)
        text = _text(fields.get(name)) if fields is not None else _as_written(row.raw, name, mapping)
        if is_wrong and not text:
            text = _as_written(row.raw, name, mapping)
        cells.append(PreviewCell(text, is_wrong))
    outcome = result.outcome if result else None
    return PreviewRow(number, outcome, tuple(cells), problems, _meaning(fields or {}, mapping, known))


def _as_written(raw: Mapping[str, Any], name: str, mapping: FileMapping) -> str:
    rule = mapping.data["fields"].get(name)
    columns = columns_of(rule) if rule is not None else ()
    return next((text for column in columns if (text := _text(raw.get(column)))), "")


def _meaning(fields: Mapping[str, Any], mapping: FileMapping, known: handles.Catalogue) -> str:
    """The account a record means: its platform and the handle under which the register keeps it."""
    if not {"platform", "handle", "url"} & fields.keys():
        return ""
    found = handles.identify(
        known, platform=_text(fields.get("platform")), handle=_text(fields.get("handle")), url=str(fields.get("url") or ""),
        line=_text(fields.get("line")), key_by_line=mapping.key_by_line,
    )  # fmt: skip
    if found.account is None:
        return ""
    entry = known.by_code.get(found.account.platform)
    return f"{entry.name if entry else found.account.platform} · {found.account.handle}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        value = value.astimezone(timezone.get_current_timezone())
        return value.date().isoformat() if not (value.hour or value.minute) else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(one) for one in value)
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
