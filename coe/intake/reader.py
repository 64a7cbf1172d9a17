"""Opening a file as a table, whatever it is: CSV, TSV, XLSX, JSON, NDJSON or YAML, plain or packed with gzip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from coe.intake.errors import IntakeError, Note, RowProblem, short
from coe.intake.sources import Limits, Source, Text
from coe.intake.tables import delimited_rows
from coe.intake.trees import Tree, json_rows, ndjson_rows, yaml_rows
from coe.intake.workbooks import visible_sheets, workbook_rows

__all__ = ["FORMATS", "Limits", "Row", "Table", "open_table", "sheets_of"]

Row = dict[str, Tree]
FORMATS = ("csv", "tsv", "xlsx", "json", "ndjson", "yaml")

_BY_ENDING = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite f", "a database"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
)


class Table:
    """A file being read row by row, in constant memory.

    Iterating yields ``(row_number, row)``. A row is a dictionary of texts by column (JSON and YAML rows may hold lists and
    dictionaries); a row that cannot be shaped is a :class:`RowProblem` in its place, and the next one follows. Row numbers are
    those a spreadsheet program shows (the header is row 1), line numbers for NDJSON, and count from 1 for JSON and YAML.
    Rows without any content are passed over. A table can be iterated once; open the file again for a second look.
    """

    def __init__(
        self, *, name: str, kind: str, columns: list[str], rows: Iterator[tuple[int, Row | RowProblem]],
        notes: list[Note], encoding: str | None, limits: Limits, source: Source,
    ) -> None:  # fmt: skip
        self.name = name
        self.format = kind
        self.columns = columns
        self.notes = notes
        self.encoding = encoding
        self._rows = rows
        self._limits = limits
        self._source = source  # keeps the open files open for as long as the table lives

    def __iter__(self) -> Iterator[tuple[int, Row | RowProblem]]:
        for count, (number, row) in enumerate(self._rows, start=1):
            if count > self._limits.max_rows:
                raise IntakeError("too_many_rows", row=number, limit=self._limits.max_rows)
            yield number, row


def _format_of(source: Source) -> str:
    """Tell the format by content where that is certain, by the ending of the name where it is not."""
    with source.open() as stream:
        start = stream.read(4096)
    for magic, found in _FOREIGN:
        if start.startswith(magic):
            raise IntakeError("format_unknown", name=short(source.name), found=found)
    if start.startswith(b"PK"):
        return "xlsx"
    name = source.name.lower()
    for packing in (".gz", ".gzip"):
        name = name.removesuffix(packing)
    named = _BY_ENDING.get(Path(name).suffix)
    if named == "xlsx" and start:
        raise IntakeError("xlsx_broken")
    if named in ("json", "ndjson", "yaml", "tsv"):
        return named
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith((b"[{", b"[\n", b"[ ", b"[\r")) and named is None:
        return "json"
    if plain.startswith(b"{") and named is None:
        return "ndjson"
    if plain.startswith(b"---") and named is None:
        return "yaml"
    return "csv"


def open_table(
    source: Path | str | BinaryIO,
    *,
    name: str | None = None,
    encoding: str | None = None,
    limits: Limits | None = None,
    format: str | None = None,  # noqa: A002 - the word of the interface
    delimiter: str | None = None,
    sheet: str | None = None,
    cached_formulas: bool = False,
    header_row: int | None = None,
) -> Table:
    """Open a file for reading row by row.

    The encoding is found out by reading the file through once (UTF-8 with or without BOM, UTF-16 and UTF-32 with one, else
    Windows-1252, which is noted in ``Table.notes``), unless it is declared. So is the sign between the cells. Formulas in a
    workbook are refused unless ``cached_formulas`` accepts the values the spreadsheet program last computed. ``header_row`` is
    the row of the column names, as a spreadsheet program counts; unless given, the first row with content.

    :raises IntakeError: the file as a whole cannot be used; while iterating, too.
    """
    limits = limits or Limits()
    if name is None:
        name = str(source) if isinstance(source, (str, Path)) else str(getattr(source, "name", "upload"))
    bytes_ = Source(source, name, limits)
    if bytes_.packed_size == 0:
        raise IntakeError("file_empty")
    kind = format or _format_of(bytes_)
    notes: list[Note] = []
    if kind == "xlsx":
        columns, rows = workbook_rows(
            bytes_, limits, notes, sheet=sheet, cached_formulas=cached_formulas, header_row=header_row
        )
        return Table(
            name=bytes_.name,
            kind=kind,
            columns=columns,
            rows=rows,
            notes=notes,
            encoding=None,
            limits=limits,
            source=bytes_,
        )
    if kind not in FORMATS:
        raise IntakeError("format_unknown", name=short(bytes_.name), found=short(kind))
    text = Text(bytes_, encoding)
    notes.extend(text.notes)
    if kind in ("csv", "tsv"):
        columns, rows = delimited_rows(text, limits, notes, delimiter, header_row)
    else:
        reader = {"json": json_rows, "ndjson": ndjson_rows, "yaml": yaml_rows}[kind]
        columns, rows = _first_columns(reader(text, limits)), reader(text, limits)
    return Table(
        name=bytes_.name,
        kind=kind,
        columns=columns,
        rows=rows,
        notes=notes,
        encoding=text.encoding,
        limits=limits,
        source=bytes_,
    )


def sheets_of(source: Path | str | BinaryIO, *, name: str | None = None) -> list[str]:
    """Names of the visible sheets of a workbook; none when the file is no workbook or cannot be opened."""
    bytes_ = Source(source, name or str(source), Limits())
    try:
        if bytes_.packed_size == 0 or _format_of(bytes_) != "xlsx":
            return []
        return visible_sheets(bytes_, Limits())
    except IntakeError:
        return []


def _first_columns(rows: Iterator[tuple[int, Row | RowProblem]]) -> list[str]:
    """Collect the keys of the first items: such files have no header, and optional keys come late."""
    found: dict[str, None] = {}
    for count, (_number, row) in enumerate(rows):
        if count >= 100:
            break
        if isinstance(row, dict):
            found.update(dict.fromkeys(row))
    return list(found)
