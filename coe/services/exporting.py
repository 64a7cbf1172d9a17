"""Writing exports: CSV, XLSX and JSON, as a stream, so that no spreadsheet program ever computes a cell of ours."""

import csv
import io
import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.intake.sources import SHEET_ROWS
from coe.models import BusinessLine
from coe.registries import export_kinds
from coe.rules.principals import Principal
from coe.services.reading import FORMULA_SIGNS

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def guarded(value: Any) -> str:
    """A cell as text. What a spreadsheet would take for a formula gets an apostrophe in front, which our imports take off again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (int, Decimal)):
        # A number is no formula, even a negative one.
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text


def export_rows(
    kind: str, *, principal: Principal, line: BusinessLine | None = None
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Columns and rows of an export, in scope of the caller.

    :raises Invalid: nothing of this kind can be exported.
    """
    source = export_kinds.get(kind)
    if source is None:
        kinds = ", ".join(name for name, _source in export_kinds.items())
        raise Invalid.one(
            "kind",
            "kind_unknown",
            _("“%(kind)s” cannot be exported; what can: %(kinds)s.") % {"kind": kind, "kinds": kinds},
        )
    return source(principal, line)


def csv_lines(columns: Iterable[str], *, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The export as CSV, piece by piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):
        writer.writerow([guarded(value) for value in row])
        if count % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def json_lines(columns: Iterable[str], *, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The export as a JSON list of objects, piece by piece; numbers of a fixed scale are texts, so that nothing is rounded."""
    names, sign = tuple(columns), "["
    for row in rows:
        record = {
            name: value if value is None or isinstance(value, (bool, int)) else guarded_plain(value)
            for name, value in zip(names, row, strict=True)
        }
        yield f"{sign}\n{json.dumps(record, ensure_ascii=False)}"
        sign = ","
    yield "\n]\n" if sign == "," else "[]\n"


def guarded_plain(value: Any) -> str:
    """A cell as text for JSON, where nothing is ever computed."""
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


def write_xlsx(
    columns: Iterable[str],
    *,
    rows: Iterable[tuple[Any, ...]],
    target: Path | io.BytesIO,
    sheet_rows: int = SHEET_ROWS,
) -> None:
    """Write the export as a workbook in constant memory; every cell is a text or a number, never a formula.

    What one sheet cannot hold goes on in the next one, under the same header, where our import reads on.
    """
    names = tuple(columns)
    book = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    try:
        sheet = _begun(book, names)
        for count, row in enumerate(rows):
            if count and count % (sheet_rows - 1) == 0:
                sheet = _begun(book, names)
            number = count % (sheet_rows - 1) + 1
            for place, value in enumerate(row):
                if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
                    sheet.write_number(number, place, value)
                elif value is not None and value != "":
                    sheet.write_string(number, place, guarded(value)[:32767])
    finally:
        book.close()


def _begun(book: xlsxwriter.Workbook, names: tuple[str, ...]) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet()
    for place, name in enumerate(names):
        sheet.write_string(0, place, name)
    return sheet


def known_format(form: str) -> str:
    """The format of this name.

    :raises Invalid: there is none.
    """
    if form not in FORMATS:
        raise Invalid.one(
            "format", "format_unknown", _("Choose one of: %(formats)s.") % {"formats": ", ".join(FORMATS)}
        )
    return form


def export_pieces(columns: Iterable[str], *, rows: Iterable[tuple[Any, ...]], form: str) -> Iterator[bytes]:
    """The export as bytes, piece by piece, in constant memory. A CSV begins with a mark by which Excel knows that it is UTF-8.

    :raises Invalid: an unknown format.
    """
    if known_format(form) == "xlsx":
        return _workbook_pieces(columns, rows)
    if form == "json":
        return (piece.encode() for piece in json_lines(columns, rows=rows))
    return (piece.encode() for piece in itertools.chain(["\ufeff"], csv_lines(columns, rows=rows)))


def _workbook_pieces(columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_xlsx(columns, rows=rows, target=path)
        with path.open("rb") as stream:
            while piece := stream.read(1 << 16):
                yield piece


def export_file(
    kind: str, *, principal: Principal, target: Path, form: str = "csv", line: BusinessLine | None = None
) -> int:
    """Write an export into a file; returns how many rows.

    :raises Invalid: an unknown kind or format.
    """
    known_format(form)
    columns, found = export_rows(kind, principal=principal, line=line)
    count = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal count
        for row in found:
            count += 1
            yield row

    if form == "xlsx":
        write_xlsx(columns, rows=rows(), target=target)
    else:
        pieces = csv_lines(columns, rows=rows()) if form == "csv" else json_lines(columns, rows=rows())
        with target.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(pieces)
    return count
