"""From a file to rows of records, through a mapping of `coe.intake`; the pure package's messages in the reader's language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from coe.enums.work import RowOutcome
from coe.errors import Problem
from coe.handles import Catalogue
from coe.intake.errors import MESSAGES, REMEDIES, IntakeError, RowProblem
from coe.intake.mapping import Mapping as FileMapping, Rejected, Skip, identity_mapping, load_mapping
from coe.intake.reader import Table, open_table
from coe.services.importing import InputRow, RowReader, RowResult

# What an export put before a formula's first sign, so that no spreadsheet computes it (see `coe.services.exporting`).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def told_intake(error: IntakeError | RowProblem) -> str:
    """The message of the pure package in the reader's language, with its remedy."""
    try:
        message = _(error.template) % error.params
    except (KeyError, TypeError, ValueError):
        message = error.message
    return f"{message} {_(error.remedy)}" if error.remedy else message


def told_unidentified(code: str, params: Mapping[str, Any], catalogue: Catalogue) -> str:
    """Why nobody can tell which account a row means, and what to do; of an unknown platform also which are written like it."""
    said = [_(MESSAGES.get(code, code)) % params]
    if code == "platform_unknown" and (near := catalogue.near(str(params.get("value", "")))):
        said.append(_("Did you mean %(names)s?") % {"names": ", ".join(near)})
    if remedy := REMEDIES.get(code):
        said.append(_(remedy))
    return " ".join(said)


def as_problem(error: IntakeError | RowProblem) -> Problem:
    """The same as a problem of the domain."""
    return Problem(error.field or "", error.code, told_intake(error), row=error.row)


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] == "'" and value.lstrip("'").startswith(FORMULA_SIGNS):
        return value[1:]
    return value


def open_file(
    path: Path, *, name: str, kind: str, document: Mapping[str, Any]
) -> tuple[Table, FileMapping, list[str]]:
    """Open a file with its mapping (an empty one: columns named as fields); the texts are remarks for the reader.

    :raises IntakeError: file and mapping do not fit, or one of them cannot be used.
    """
    mapping = load_mapping(document) if document else None
    table = open_table(path, name=name, **(mapping.reading if mapping else {}))
    if mapping is None:
        mapping = identity_mapping(kind, table.columns)
    mapping.check_columns(table.columns)
    mapping = mapping.bind(path.parent)
    notes = [_(note.template) % note.params for note in table.notes]
    if unused := mapping.unused(table.columns):
        notes.append(_("These columns are not read: %(columns)s.") % {"columns": ", ".join(unused[:30])})
    return table, mapping, notes


def row_reader(table: Table, *, mapping: FileMapping, is_ours: bool) -> RowReader:
    """What reads the rows of a table: a row that cannot be shaped becomes its rejection, one that a rule leaves out is skipped.

    `is_ours`: the file may be an export of this hub, whose guard against formulas is taken off again.
    """
    is_ours = is_ours and table.format in ("csv", "tsv", "xlsx")  # JSON computes nothing and is not guarded

    def read(number: int, row: dict[str, Any] | RowProblem) -> InputRow | RowResult:
        if (
            is_ours
            and isinstance(row, dict)
            and any(isinstance(value, str) and value[:1] == "'" for value in row.values())
        ):
            row = {key: _plain(value) for key, value in row.items()}
        found = mapping.apply(number, row)
        raw = row if isinstance(row, dict) else {}
        if isinstance(found, Rejected):
            problems = tuple(as_problem(one) for one in found.problems)
            return RowResult(number, RowOutcome.REJECTED, problems, raw)
        if isinstance(found, Skip):
            if found.keep:
                return InputRow(number, found.keep, raw, found.reason)
            message = _(MESSAGES.get(found.reason, found.reason))
            return RowResult(number, RowOutcome.SKIPPED, (Problem("", found.reason, message),), raw)
        if not found:
            message = _(MESSAGES["no_records"])
            return RowResult(number, RowOutcome.SKIPPED, (Problem("", "no_records", message),), raw)
        return InputRow(number, tuple(found), raw)

    return RowReader(read, mapping, table.columns if table.format in ("csv", "tsv") else ())
