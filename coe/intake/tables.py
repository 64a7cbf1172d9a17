"""Rows out of text whose cells are set apart by a sign: comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator

from coe.intake.errors import IntakeError, Note, RowProblem, short
from coe.intake.sources import Limits, Text, lines

__all__ = ["DELIMITER_NAMES", "check_header", "delimited_rows", "shaped", "sniff_delimiter"]

DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_RECORDS = 25


def check_header(cells: list[str], limits: Limits, row: int = 1) -> list[str]:
    """Trim the names of a header and drop nameless columns at its end.

    :raises IntakeError: ``duplicate_columns``, ``blank_column`` or ``too_many_columns``.
    """
    names = [cell.strip().strip("\ufeff").strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.max_columns:
        raise IntakeError("too_many_columns", limit=limits.max_columns)
    seen: set[str] = set()
    for number, name in enumerate(names, start=1):
        if not name:
            raise IntakeError("blank_column", row=row, number=number)
        if name in seen:
            raise IntakeError("duplicate_columns", row=row, field=short(name), column=short(name))
        seen.add(name)
    return names


def shaped(number: int, cells: list[str], columns: list[str]) -> dict[str, str] | RowProblem | None:
    """Put cells under their columns: a row, a problem when they do not fit, None when all are blank."""
    if len(cells) != len(columns):
        if not any(cell.strip() for cell in cells):
            return None
        surplus = cells[len(columns) :]
        if len(cells) < len(columns):
            return RowProblem.of("too_few_cells", number, found=len(cells), expected=len(columns))
        if any(cell.strip() for cell in surplus):
            return RowProblem.of("too_many_cells", number, found=len(cells), expected=len(columns))
    elif not any(cells):
        return None
    return dict(zip(columns, cells, strict=False))


def _records(source: Iterator[str], delimiter: str, limits: Limits) -> Iterator[list[str]]:
    """Split lines into cells; the limit of a cell is ours and the module's global one is left as it is."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        code = "cell_too_long" if "field limit" in str(error) else "csv_broken"
        limit = csv.field_size_limit()
        raise IntakeError(code, row=reader.line_num, limit=limit, reason=short(error)) from None


def sniff_delimiter(sample: list[str]) -> str:
    """Find the sign that splits the first lines into the same number of cells most often; a comma when none does."""
    best, best_score = ",", (0.0, 1)
    for sign in DELIMITER_NAMES:
        try:
            split = [cells for cells in csv.reader(sample, delimiter=sign) if cells]
        except csv.Error:
            continue
        if not split or len(split[0]) < 2:
            continue
        width = len(split[0])
        score = (round(sum(len(cells) == width for cells in split) / len(split), 2), width)
        if score > best_score:
            best, best_score = sign, score
    return best


def delimited_rows(
    text: Text,
    limits: Limits,
    notes: list[Note],
    delimiter: str | None = None,
    header_row: int | None = None,
) -> tuple[list[str], Iterator[tuple[int, dict[str, str] | RowProblem]]]:
    """Return the columns and the rows of a CSV or TSV text. The header is the first line with content unless ``header_row`` says which."""
    first = header_row or 1
    with text.open() as stream:
        sample = list(
            itertools.islice(lines(stream, limits.max_line), first - 1, first - 1 + _SAMPLE_RECORDS)
        )
    if sample and sample[0].strip().lower().startswith("sep=") and len(sample[0].strip()) == 5:
        # Excel's own hint. It is a row of the sheet, so rows keep counting from it.
        delimiter, first, sample = sample[0].strip()[-1], first + 1, sample[1:]
    while sample and not sample[0].strip():
        first, sample = first + 1, sample[1:]
    sign = delimiter or sniff_delimiter(sample)
    if sign != ",":
        notes.append(Note("delimiter", {"delimiter": DELIMITER_NAMES.get(sign, sign)}))

    def start() -> Iterator[tuple[int, list[str]]]:
        with text.open() as stream:
            source = itertools.islice(lines(stream, limits.max_line), first - 1, None)
            yield from enumerate(_records(source, sign, limits), start=first)

    header = next(start(), None)
    if header is None:
        raise IntakeError("file_empty")
    columns = check_header(header[1], limits, header[0])
    if not columns:
        raise IntakeError("file_empty")

    def rows() -> Iterator[tuple[int, dict[str, str] | RowProblem]]:
        width, longest = len(columns), limits.max_cell
        for number, cells in itertools.islice(start(), 1, None):
            if len(cells) == width and (text := "".join(cells)):
                # Few rows are as long as a cell may be; measuring the cells of all of them costs as much as splitting them does.
                if len(text) > longest and max(map(len, cells)) > longest:
                    raise IntakeError("cell_too_long", row=number, limit=longest)
                yield number, dict(zip(columns, cells))  # noqa: B905 - counted above, and `strict` costs a half more
            elif (row := shaped(number, cells, columns)) is not None:
                yield number, row

    return columns, rows()
