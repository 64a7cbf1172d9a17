"""What can be wrong with a file, a row or a cell, and how it is said.

Every message has a stable ``code`` and named ``params``; the English sentence is rendered from a template here. The
templates are wrapped in a do-nothing ``gettext_noop`` so that ``makemessages`` finds them although this package imports no
Django: a door translates with ``gettext(problem.template) % problem.params``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MESSAGES", "REMEDIES", "IntakeError", "Note", "RowProblem", "gettext_noop", "render"]


def gettext_noop(message: str) -> str:
    """Mark a template for translation and return it as it is."""
    return message


MESSAGES: dict[str, str] = {
    # the file as a whole
    "file_empty": gettext_noop("The file is empty."),
    "file_too_large": gettext_noop("The file is larger than %(limit)s bytes."),
    "file_unreadable": gettext_noop("The file cannot be read: %(reason)s."),
    "format_unknown": gettext_noop("%(name)s is not in a format that can be imported (%(found)s)."),
    "gzip_broken": gettext_noop("The gzip file is damaged or cut off."),
    "zip_bomb": gettext_noop(
        "The file unpacks to far more than it holds (%(found)s), which looks like an attack."
    ),
    "xlsx_broken": gettext_noop("The workbook is damaged or is no XLSX file."),
    "xlsx_encrypted": gettext_noop("The workbook is protected by a password."),
    "xlsx_entities": gettext_noop("The workbook declares XML entities, which no spreadsheet program writes."),
    "sheet_unknown": gettext_noop("There is no sheet “%(sheet)s”; the workbook has: %(sheets)s."),
    "formula": gettext_noop("Cell %(cell)s holds a formula, not a value."),
    "undecodable": gettext_noop("The text cannot be read as %(encoding)s: byte %(position)s does not fit."),
    "encoding_unknown": gettext_noop("“%(encoding)s” is not a known text encoding."),
    "nul_byte": gettext_noop("The text holds a NUL byte at position %(position)s; it is no plain text file."),
    "line_too_long": gettext_noop("Line %(line)s is longer than %(limit)s characters."),
    "cell_too_long": gettext_noop(
        "A cell is longer than %(limit)s characters; perhaps a quotation mark is never closed."
    ),
    "record_too_large": gettext_noop("Item %(item)s is larger than %(limit)s characters."),
    "too_many_rows": gettext_noop("The file has more than %(limit)s rows."),
    "too_many_columns": gettext_noop("The file has more than %(limit)s columns."),
    "csv_broken": gettext_noop("The line cannot be split into cells: %(reason)s."),
    "json_broken": gettext_noop("The JSON is not valid near line %(line)s: %(reason)s."),
    "json_no_list": gettext_noop("The JSON holds no list of objects."),
    "yaml_broken": gettext_noop("The YAML is not valid near line %(line)s: %(reason)s."),
    "yaml_alias": gettext_noop("The YAML uses anchors and aliases (line %(line)s), which are not accepted."),
    "yaml_tag": gettext_noop("The YAML uses the tag %(tag)s (line %(line)s), which is not accepted."),
    "yaml_no_list": gettext_noop("The YAML holds no list of objects."),
    "nested_too_deep": gettext_noop("The data is nested more than %(limit)s levels deep."),
    # the header
    "duplicate_columns": gettext_noop("The column “%(column)s” appears more than once in the header."),
    "blank_column": gettext_noop("Column %(number)s has no name in the header."),
    "columns_missing": gettext_noop("The mapping needs the column “%(column)s”; the file has: %(columns)s."),
    # a row
    "too_many_cells": gettext_noop("The row has %(found)s cells, the header %(expected)s."),
    "too_few_cells": gettext_noop("The row has %(found)s cells, the header %(expected)s."),
    "not_an_object": gettext_noop("The item is a %(found)s, not an object with named values."),
    "cell_error": gettext_noop("The cell holds the spreadsheet error %(value)s."),
    # a value
    "required": gettext_noop("A value is needed."),
    "number_not_understood": gettext_noop("“%(value)s” is not a number."),
    "number_ambiguous": gettext_noop("“%(value)s” can be read as %(first)s or as %(second)s."),
    "number_style": gettext_noop("“%(value)s” does not follow the declared number style (%(style)s)."),
    "number_not_finite": gettext_noop("“%(value)s” is not a finite number."),
    "number_out_of_range": gettext_noop(
        "“%(value)s” is too large: a number has at most 15 digits, decimal places included."
    ),
    "number_not_whole": gettext_noop("“%(value)s” is not a whole number."),
    "too_many_decimals": gettext_noop("“%(value)s” has more than %(scale)s decimals."),
    "percent_ambiguous": gettext_noop(
        "“%(value)s” has no percent sign; it can be read as %(first)s or as %(second)s."
    ),
    "date_not_understood": gettext_noop("“%(value)s” is not a date."),
    "date_ambiguous": gettext_noop("“%(value)s” can be read as %(first)s or as %(second)s."),
    "date_not_existing": gettext_noop("“%(value)s” is a date that does not exist."),
    "date_format": gettext_noop("“%(value)s” does not follow the declared date format (%(formats)s)."),
    "date_out_of_range": gettext_noop("“%(value)s” lies outside the years %(first)s to %(last)s."),
    "duration_not_understood": gettext_noop("“%(value)s” is not a length of time."),
    "duration_ambiguous": gettext_noop("“%(value)s” can be read as %(first)s or as %(second)s."),
    "bool_not_understood": gettext_noop("“%(value)s” is neither yes nor no."),
    "choice_unknown": gettext_noop("“%(value)s” is not one of: %(choices)s."),
    "value_too_long": gettext_noop("The value is longer than %(limit)s characters."),
    "control_character": gettext_noop("The value holds an invisible control character."),
    "secret": gettext_noop("The value looks like a secret (%(reason)s) and was not kept."),
    "platform_unknown": gettext_noop("“%(value)s” is not a known platform."),
    "url_not_understood": gettext_noop("“%(value)s” does not lead to an account on a known platform."),
    "handle_not_understood": gettext_noop("“%(value)s” is not a handle on %(platform)s."),
    "account_not_named": gettext_noop(
        "The row names no account: it has no URL, no handle and no account id."
    ),
    "join_missing": gettext_noop("“%(value)s” has no match in %(file)s."),
    # a mapping
    "mapping_unknown": gettext_noop("There is no mapping called “%(name)s”; there are: %(names)s."),
    "mapping_broken": gettext_noop("The mapping is not valid at %(where)s: %(reason)s"),
    "kind_unknown": gettext_noop("“%(kind)s” cannot be imported; what can: %(kinds)s."),
    "join_file_missing": gettext_noop("The mapping joins the file %(file)s, which was not given."),
    "row_failed": gettext_noop("The row could not be read."),
    # reasons to skip, and remarks
    "no_value": gettext_noop("The row has no value."),
    "total_row": gettext_noop("The row is a total, not a record."),
    "doubled_row": gettext_noop("The row repeats an earlier one."),
    "skipped_by_rule": gettext_noop("A rule of the mapping leaves this row out."),
    "no_records": gettext_noop("The row holds nothing to import."),
    "read_as": gettext_noop("The text is not UTF-8; it was read as %(encoding)s."),
    "delimiter": gettext_noop("The cells are separated by %(delimiter)s."),
    "sheet": gettext_noop("The sheet “%(sheet)s” was read; the workbook has %(count)s sheets."),
    "cached_formulas": gettext_noop(
        "Formulas were read as the values last computed by the spreadsheet program."
    ),
    "platform_from_url": gettext_noop(
        "The row says %(named)s, its URL belongs to %(found)s; the URL was believed."
    ),
    "keyed_without_url": gettext_noop(
        "The account has no URL; it is kept under the key %(handle)s on %(platform)s."
    ),
    "custom_domain": gettext_noop(
        "The URL is a domain of its own; it was taken as the handle on %(platform)s."
    ),
    "line_unassigned": gettext_noop("The row names no line; it goes to the line %(line)s."),
}

REMEDIES: dict[str, str] = {
    "file_empty": gettext_noop("Check that the export finished, then send it again."),
    "file_too_large": gettext_noop("Split the file and import the parts one after another."),
    "format_unknown": gettext_noop("Save it as CSV, XLSX, JSON, NDJSON or YAML."),
    "gzip_broken": gettext_noop("Pack the file again, or send it unpacked."),
    "zip_bomb": gettext_noop("Send the data as CSV."),
    "xlsx_broken": gettext_noop("Open it in a spreadsheet program and save it as XLSX or CSV."),
    "xlsx_encrypted": gettext_noop("Save a copy without a password."),
    "xlsx_entities": gettext_noop("Open it in a spreadsheet program and save it as XLSX or CSV."),
    "formula": gettext_noop("Paste the cells as values, or import with “use the computed values”."),
    "undecodable": gettext_noop("Save the file as UTF-8, or say which encoding it has."),
    "encoding_unknown": gettext_noop("Use utf-8, utf-16 or cp1252."),
    "nul_byte": gettext_noop("Save the file as UTF-8 text."),
    "line_too_long": gettext_noop("Check the line ends of the file; each row needs a line of its own."),
    "cell_too_long": gettext_noop("Close the quotation mark or shorten the cell."),
    "too_many_rows": gettext_noop("Split the file and import the parts one after another."),
    "duplicate_columns": gettext_noop("Give each column a name of its own."),
    "blank_column": gettext_noop(
        "Name the column or remove it; if titles stand above the column names, say in which row the names are."
    ),
    "columns_missing": gettext_noop("Choose another mapping, or map the columns by hand."),
    "too_many_cells": gettext_noop("Put cells that contain the separator into quotation marks."),
    "too_few_cells": gettext_noop("Fill the row up with empty cells."),
    "number_ambiguous": gettext_noop("Say in the mapping which sign marks the decimals."),
    "number_out_of_range": gettext_noop("Correct the number, or measure in a larger unit."),
    "number_style": gettext_noop("Change the number style of the mapping, or the number."),
    "percent_ambiguous": gettext_noop("Add a percent sign, or say in the mapping what the number means."),
    "date_ambiguous": gettext_noop("Say in the mapping which comes first, day or month."),
    "date_not_understood": gettext_noop("Write it as 2026-03-31, or declare the date format in the mapping."),
    "duration_ambiguous": gettext_noop("Write it with units, as in 1h30m."),
    "too_many_decimals": gettext_noop("Round the number in the source; it is never rounded silently here."),
    "secret": gettext_noop("Store it in a vault and enter the vault reference here."),
    "platform_unknown": gettext_noop(
        "Write a name of the catalogue (Platforms in the admin, or /api/v1/platforms/), or map yours to one in the mapping; "
        "the hub can give a platform other names over the API."
    ),
    "url_not_understood": gettext_noop("Give the platform and the handle in columns of their own."),
    "account_not_named": gettext_noop("Give the URL or the platform and the handle."),
    "join_file_missing": gettext_noop("Put the file beside the imported one, or give its path."),
}


def render(template: str, params: Mapping[str, Any]) -> str:
    """Fill a template with its parameters; a missing one shows as an empty text rather than as an error."""
    try:
        return template % params
    except (KeyError, ValueError, TypeError):
        return template


def short(value: object, limit: int = 80) -> str:
    """Cut a value so that it can stand in a message, with invisible characters made visible."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)


class IntakeError(Exception):
    """Say that a file, a mapping or a value cannot be used.

    ``code`` is stable, ``params`` are the named parts of the message, ``row`` and ``field`` tell where, ``remedy`` what to do.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        row: int | None = None,
        field: str | None = None,
        remedy: str | None = None,
        **params: Any,
    ) -> None:
        self.code = code
        self.params = params
        self.template = MESSAGES.get(code, code)
        self.message = message if message is not None else render(self.template, params)
        self.row = row
        self.field = field
        self.remedy = remedy if remedy is not None else REMEDIES.get(code)
        super().__init__(self.message)

    def at(self, row: int, field: str | None = None) -> RowProblem:
        """Turn this into a problem of one row, keeping what is already known about the place."""
        return RowProblem(
            row=row, field=self.field or field, code=self.code, message=self.message, params=self.params
        )


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One reason why one row is rejected."""

    row: int
    field: str | None
    code: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, code: str, row: int, field: str | None = None, **params: Any) -> RowProblem:
        """Build a problem from its code; the English message comes from the template."""
        return cls(
            row=row, field=field, code=code, message=render(MESSAGES.get(code, code), params), params=params
        )

    @property
    def template(self) -> str:
        """The untranslated message with its placeholders."""
        return MESSAGES.get(self.code, self.code)

    @property
    def remedy(self) -> str | None:
        """What to do about it, untranslated, or None."""
        return REMEDIES.get(self.code)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that stops nothing: how a file was read, or how a row was understood."""

    code: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def template(self) -> str:
        """The untranslated message with its placeholders."""
        return MESSAGES.get(self.code, self.code)

    @property
    def message(self) -> str:
        """The English message."""
        return render(self.template, self.params)
