"""Rows out of the first sheet of an XLSX workbook, read as a stream and never computed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from coe.intake.errors import IntakeError, Note, RowProblem, short
from coe.intake.sources import Limits, Source
from coe.intake.tables import check_header, shaped

__all__ = ["cell_text", "check_archive", "visible_sheets", "workbook_rows"]


def check_archive(stream: BinaryIO, limits: Limits) -> None:
    """Refuse what unpacks to too much, and XML that declares entities, before a parser sees it.

    :raises IntakeError: ``xlsx_broken``, ``xlsx_encrypted``, ``zip_bomb`` or ``xlsx_entities``.
    """
    try:
        archive = zipfile.ZipFile(stream)
        parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, UnicodeError):
        raise IntakeError("xlsx_broken") from None
    # zipfile never yields more than the declared size of a part, so the declared sizes can be believed here.
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if total > limits.max_workbook_bytes or len(parts) > 10_000:
        raise IntakeError("zip_bomb", found=f"{total // 1_000_000} MB")
    worst = max(parts, key=lambda part: part.file_size / (part.compress_size or 1), default=None)
    if total > 10_000_000 and (
        total > packed * limits.max_unpacked_ratio
        or (
            worst
            and worst.file_size > 10_000_000
            and worst.file_size > (worst.compress_size or 1) * limits.max_unpacked_ratio
        )
    ):
        raise IntakeError("zip_bomb", found=f"{total // packed} : 1")
    if any(part.flag_bits & 0x1 for part in parts):
        raise IntakeError("xlsx_encrypted")
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise IntakeError("xlsx_broken")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            try:
                with archive.open(part) as inner:
                    start = inner.read(4096)
            except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
                raise IntakeError("xlsx_broken") from None
            except Exception as error:  # zlib.error and its kin have no common base
                raise IntakeError("xlsx_broken") from error
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise IntakeError("xlsx_entities")


def cell_text(value: Any) -> str:
    """Write a cell's value as the text a CSV would have held: no exponent, no binary tail, ISO dates."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value == int(value) if abs(value) < 1e300 and value == value else False:
            return str(int(value))
        return f"{Decimal(repr(value)):f}" if value == value and abs(value) != float("inf") else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(value)


def _opened(source: Source, limits: Limits, *, data_only: bool) -> tuple[Any, list[Any]]:
    """The workbook and its visible sheets (all of them when none is)."""
    # Here, because it costs 60 ms that only workbooks need.
    import openpyxl

    stream = source.open()
    source.closes(stream)
    check_archive(stream, limits)
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        return book, [page for page in book.worksheets if page.sheet_state == "visible"] or list(
            book.worksheets
        )
    except Exception as error:  # openpyxl answers damage with whatever its parsers happen to raise
        raise IntakeError("xlsx_broken") from error


def visible_sheets(source: Source, limits: Limits) -> list[str]:
    """The names of the visible sheets, as their tabs show them."""
    return [page.title for page in _opened(source, limits, data_only=False)[1]]


def workbook_rows(
    source: Source,
    limits: Limits,
    notes: list[Note],
    *,
    sheet: str | None = None,
    cached_formulas: bool = False,
    header_row: int | None = None,
) -> tuple[list[str], Iterator[tuple[int, dict[str, str] | RowProblem]]]:
    """Return columns and rows of one sheet, the first visible one unless named; its first row with content is the header unless said.

    A sheet that is full goes on in the next one of the same header, as exports of more rows than a sheet can hold do; its rows
    are counted on.
    """
    book, sheets = _opened(source, limits, data_only=cached_formulas)
    if not sheets:
        raise IntakeError("file_empty")
    page = sheets[0]
    if sheet is not None:
        named = [one for one in book.worksheets if one.title.casefold() == sheet.casefold()]
        if not named:
            raise IntakeError(
                "sheet_unknown", sheet=short(sheet), sheets=short(", ".join(one.title for one in sheets))
            )
        page = named[0]
    if len(sheets) > 1:
        notes.append(Note("sheet", {"sheet": page.title, "count": len(sheets)}))
    if cached_formulas:
        notes.append(Note("cached_formulas"))
    # The dimension a file declares is a claim; without it the rows end where they end.
    page.reset_dimensions()
    after = sheets[sheets.index(page) + 1 :] if page in sheets else []
    cells = _cells(page, limits)
    columns: list[str] = []
    for number, found in cells:
        if number < (header_row or 1):
            continue
        if isinstance(found, RowProblem):
            raise IntakeError(found.code, row=found.row, field=found.field, **found.params)
        if any(text.strip() for text in found):
            columns = check_header(found, limits, number)
            break
    if not columns:
        raise IntakeError("file_empty")

    def rows() -> Iterator[tuple[int, dict[str, str] | RowProblem]]:
        width = len(columns)
        for number, found in _all_cells(cells, after, columns, limits):
            if isinstance(found, RowProblem):
                yield number, found
                continue
            # A sheet has no ragged rows: cells after the last filled one are simply not stored.
            padded = found + [""] * (width - len(found))
            if (row := shaped(number, padded, columns)) is not None:
                yield number, row

    return columns, rows()


def _all_cells(
    cells: Iterator[tuple[int, list[str] | RowProblem]], after: list[Any], columns: list[str], limits: Limits
) -> Iterator[tuple[int, list[str] | RowProblem]]:
    """The cells of a sheet and, when it is full, those of the sheets that go on with it."""
    last = before = 0
    for last, found in cells:
        yield last, found
    for page in after:
        if last - before < limits.sheet_rows:
            return
        page.reset_dimensions()
        more = _cells(page, limits)
        header = next(more, (0, []))[1]
        if isinstance(header, RowProblem) or [text.strip() for text in header] != columns:
            return
        before = last
        for number, found in more:
            last = before + number
            yield last, replace(found, row=last) if isinstance(found, RowProblem) else found


def _cells(page: Any, limits: Limits) -> Iterator[tuple[int, list[str] | RowProblem]]:
    rows = iter(page.iter_rows())
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above: damage deep inside the sheet
            raise IntakeError("xlsx_broken", row=number + 1) from error
        number += 1
        if len(row) > limits.max_columns and any(
            cell.value is not None for cell in row[limits.max_columns :]
        ):
            raise IntakeError("too_many_columns", row=number, limit=limits.max_columns)
        texts: list[str] = []
        problem: RowProblem | None = None
        for cell in row:
            kind = getattr(cell, "data_type", "n")
            if kind == "f":
                raise IntakeError("formula", row=number, field=cell.coordinate, cell=cell.coordinate)
            if kind == "e" and cell.value is not None:
                problem = RowProblem.of("cell_error", number, cell.coordinate, value=short(cell.value))
            text = cell_text(cell.value)
            if len(text) > limits.max_cell:
                raise IntakeError("cell_too_long", row=number, field=cell.coordinate, limit=limits.max_cell)
            texts.append(text)
        yield number, problem or texts
