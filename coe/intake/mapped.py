"""A mapping at work: a row in, records, a skip or problems out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping as MappingABC, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from coe.intake.cells import NEEDED, columns_of, compile_field, plain_cell
from coe.intake.errors import IntakeError, RowProblem, short
from coe.intake.kinds import FieldDef, fields_of
from coe.intake.paths import as_text, getter, look
from coe.intake.reader import open_table

__all__ = ["Applied", "Mapping", "Record", "Rejected", "Skip", "reading_of"]


# Not frozen: a frozen one costs three times as much to make, and a file makes millions.
@dataclass(slots=True)
class Record:
    """One record that a row asks for: its kind and its canonical fields. A field that the source does not have is not there at all."""

    kind: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Skip:
    """A row that a rule leaves out, and why. ``keep`` holds what shall still come to be: the account of a row without a value."""

    reason: str
    keep: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be used, with every reason found."""

    problems: tuple[RowProblem, ...]


Applied = list[Record] | Skip | Rejected
_Reader = Callable[[MappingABC[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class _Template:
    """One record that each row (or each item of a list in it) makes."""

    kind: str
    readers: tuple[tuple[str, _Reader], ...]
    cells: tuple[tuple[str, str, Callable[[str], Any] | None, Any, _Reader], ...]
    when: _Reader | None = None
    unless: _Reader | None = None
    each: str = ""


@dataclass(frozen=True, slots=True)
class _SkipRule:
    matches: Callable[[MappingABC[str, Any]], bool]
    reason: str
    keep: tuple[str, ...]


def reading_of(data: MappingABC[str, Any]) -> dict[str, Any]:
    """What a mapping document says about how to open its file, as arguments of ``open_table``."""
    found = {key: data[key] for key in ("encoding", "delimiter", "sheet", "header_row") if key in data}
    return found | ({"cached_formulas": True} if data.get("formulas") == "computed" else {})


@dataclass(frozen=True)
class Mapping:
    """A mapping ready for use. ``data`` is the checked YAML; it goes into an import batch as it is.

    ``key_by_line``: an account without URL and handle is known by its line (pass it to ``coe.handles.identify``).
    ``create``: which of lines, accounts and metrics may come to be on the way. ``doubled_rows``: a row with the key of an earlier
    one either wins (``last``, an equal one is simply unchanged) or is rejected; whoever stages the rows decides by it.
    """

    data: dict[str, Any]
    kind: str
    name: str = ""
    joined: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)

    def compiled(self) -> Mapping:
        """Compile now what the first row would have compiled, so that a broken pattern is found where the mapping is loaded.

        :raises IntakeError: ``mapping_broken``.
        """
        _ = self._compiled
        return self

    @property
    def key_by_line(self) -> bool:
        """Whether accounts without URL and handle are known by their line."""
        return self.data.get("account_key") == "line"

    @property
    def create(self) -> dict[str, bool]:
        """What may come to be on the way."""
        return {
            name: bool(self.data.get("create", {}).get(name, False))
            for name in ("lines", "accounts", "metrics")
        }

    @property
    def doubled_rows(self) -> str:
        """``last`` or ``reject``; records that describe something (accounts, lines, people) are rejected unless it is said otherwise."""
        return str(self.data.get("doubled_rows", "last" if self.kind == "observations" else "reject"))

    @property
    def reading(self) -> dict[str, Any]:
        """What to pass on to ``open_table``, where declared."""
        return reading_of(self.data)

    @property
    def default_line(self) -> tuple[str, str] | None:
        """Code and name of the line for rows that name none."""
        line = self.data.get("default_line")
        return (line["code"], line.get("name") or line["code"]) if line else None

    def check_columns(self, columns: Sequence[str]) -> None:
        """Refuse a file that lacks a column the mapping cannot do without (a plain column of a required field or of a skip rule).

        :raises IntakeError: ``columns_missing``.
        """
        for wanted in self._needed:
            if wanted not in columns and wanted.split(".")[0] not in columns:
                raise IntakeError(
                    "columns_missing",
                    field=wanted,
                    column=short(wanted),
                    columns=short(", ".join(columns), 300),
                )

    def unused(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns of a file that the mapping does not read."""
        heads, full = self._read
        return tuple(column for column in columns if column not in heads and column not in full)

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a file has every column the mapping speaks of, so that it can be offered without being asked for."""
        heads, full = self._read
        paths = {path for path in full if path.split(".")[0] != "item"}
        own = {path for path in paths if path.split(".")[0] not in self.data.get("joins", {})}
        own |= heads - {path.split(".")[0] for path in full} - {""}
        return len(own) > 1 and all(path in columns or path.split(".")[0] in columns for path in own)

    @property
    def _read(self) -> tuple[set[str], set[str]]:
        """The columns that are read, by their first part and as they are written."""
        rules = [rule for fields in self._all_fields for rule in fields.values()]
        heads = {path.split(".")[0] for rule in rules for path in columns_of(rule)}
        full = {path for rule in rules for path in columns_of(rule)}
        heads |= {rule["column"] for rule in self.data.get("skip", ())}
        heads |= {
            part.get(key, "").split(".")[0]
            for part in self.data.get("records", ())
            for key in ("each", "when", "unless")
        }
        heads |= {join["column"].split(".")[0] for join in self.data.get("joins", {}).values()}
        return heads, full

    def bind(self, beside: Path | MappingABC[str, Path | BinaryIO]) -> Mapping:
        """Read the files the mapping joins, from a folder or given by name, and return the mapping that knows them.

        :raises IntakeError: ``join_file_missing``, or a joined file cannot be read.
        """
        joined: dict[str, dict[str, Any]] = {}
        for name, join in self.data.get("joins", {}).items():
            if isinstance(beside, Path):
                path = beside / join["file"]
                source: Path | BinaryIO | None = path if path.is_file() else None
            else:
                source = beside.get(join["file"]) or beside.get(name)
            if source is None:
                if not join.get("optional"):
                    raise IntakeError("join_file_missing", file=join["file"])
                continue
            table = open_table(source, name=join["file"])
            joined[name] = {
                key: row
                for _number, row in table
                if isinstance(row, dict) and (key := as_text(look(row, join["key"])))
            }
        return Mapping(self.data, self.kind, self.name, joined)

    def apply(self, row_number: int, row: MappingABC[str, Any] | RowProblem) -> Applied:
        """Turn a row into the records it asks for, or say why not. Never raises, whatever the row holds."""
        if isinstance(row, RowProblem):
            return Rejected((row,))
        try:
            return self._apply(row_number, row)
        except IntakeError as error:
            return Rejected((error.at(row_number),))
        except RecursionError:
            return Rejected((RowProblem.of("nested_too_deep", row_number, limit=32),))

    def _apply(self, number: int, row: MappingABC[str, Any]) -> Applied:
        templates, skips, joins = self._compiled
        if joins:
            row = dict(row)
            for name, on, key, file, optional in joins:
                value = on(row)
                found = self.joined.get(name, {}).get(value)
                if found is None and not optional:
                    return Rejected(
                        (RowProblem.of("join_missing", number, key, value=short(value), file=file),)
                    )
                row[name] = found or {}
        for rule in skips:
            if rule.matches(row):
                return Skip(rule.reason, self._kept(rule, row) if rule.keep else ())
        problems: list[RowProblem] = []
        records: list[Record] = []
        for template in templates:
            for scope in self._scopes(template, row) if template.each else (row,):
                if (template.when and not template.when(scope)) or (
                    template.unless and template.unless(scope)
                ):
                    continue
                fields = _read(template, scope, number, problems)
                if not problems:
                    records.append(
                        Record(template.kind, fields if fields.get("line", True) else self._placed(fields))
                    )
        if problems:
            # A row that makes five records says each thing once.
            return Rejected(tuple({(problem.field, problem.code): problem for problem in problems}.values()))
        return records or Skip("no_records")

    def _scopes(self, template: _Template, row: MappingABC[str, Any]) -> Sequence[MappingABC[str, Any]]:
        if not template.each:
            return (row,)
        items = look(row, template.each)
        return [{**row, "item": item} for item in items] if isinstance(items, list) else ()

    def _placed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Give a record without a line the default one."""
        if not fields.get("line", True) and (line := self.default_line):
            fields["line"] = line[0]
            if "line_name" in fields:
                fields["line_name"] = line[1]
        return fields

    def _kept(self, rule: _SkipRule, row: MappingABC[str, Any]) -> tuple[Record, ...]:
        """Build what a skipped row still says about its account and line; a part that cannot be read is left out."""
        kept: dict[str, Record] = {}
        for template in self._compiled[0]:
            for scope in self._scopes(template, row):
                fields: dict[str, Any] = {}
                for name, read in template.readers:
                    if name in _ACCOUNT_PART:
                        try:
                            fields[_ACCOUNT_PART[name]] = read(scope)
                        except IntakeError:
                            return ()
                fields = self._placed(fields)
                for kind in rule.keep:
                    part = fields if kind == "accounts" else {
                        "code": fields.get("line", ""), "name": fields.get("line_name", ""),
                    }  # fmt: skip
                    kept.setdefault(f"{kind}{sorted(part.items(), key=str)}", Record(kind, dict(part)))
        return tuple(kept.values())

    @property
    def _all_fields(self) -> list[dict[str, Any]]:
        return [self.data["fields"], *(part.get("fields", {}) for part in self.data.get("records", ()))]

    @property
    def _needed(self) -> list[str]:
        wanted = []
        definitions = fields_of(self.kind)
        for name, rule in self.data["fields"].items():
            is_rule = isinstance(rule, dict)
            required = (name in definitions and definitions[name].is_required) or (
                is_rule and rule.get("required")
            )
            column = rule.get("column") if isinstance(rule, dict) else rule
            if required and isinstance(column, str) and not (is_rule and "default" in rule):
                wanted.append(column)
        # A skip rule whose column is missing would let every total row in.
        return wanted + [rule["column"] for rule in self.data.get("skip", ())]

    @property
    def _compiled(
        self,
    ) -> tuple[tuple[_Template, ...], tuple[_SkipRule, ...], tuple[tuple[str, _Reader, str, str, bool], ...]]:
        known = self.__dict__.get("_plan")
        if known is None:
            known = _compile(self.data, self.kind)
            self.__dict__["_plan"] = known
        return known


_ACCOUNT_PART = {
    name: name
    for name in (
        "line", "line_name", "line_parent", "line_parent_name", "line_kind", "platform", "handle", "url", "platform_account_id",
        "display_name",
    )
} | {"account_name": "display_name"}  # fmt: skip


def _read(
    template: _Template, scope: MappingABC[str, Any], number: int, problems: list[RowProblem]
) -> dict[str, Any]:
    """Read the fields of one record; what cannot be read goes to ``problems``."""
    fields: dict[str, Any] = {}
    get = scope.get
    for name, column, parse, blank, read in template.cells:
        try:
            if column and type(text := get(column, "")) is str:
                text = text.strip()
                if text:
                    if parse is not None:
                        fields[name] = parse(text)
                        continue
                    if text.isprintable() and len(text) <= 10_000:
                        fields[name] = text
                        continue
                elif blank is not NEEDED:
                    fields[name] = blank
                    continue
            fields[name] = read(scope)
        except IntakeError as error:
            problems.append(error.at(number, name))
    return fields


def _compile(data: dict[str, Any], kind: str) -> tuple[Any, Any, Any]:
    style: dict[str, Any] = {key: data[key] for key in ("numbers", "dates", "date_order") if key in data}
    if "zone" in data:
        style["zone"] = _zone(data["zone"])
    templates = []
    parts: list[dict[str, Any]] = data.get("records") or [{}]
    for part in parts:
        part_kind = part.get("kind", kind)
        rules = {**({} if part.get("alone") else data["fields"]), **part.get("fields", {})}
        definitions = fields_of(part_kind)
        readers = tuple(
            (name, _compiled_field(definitions[name], rule, style, name))
            for name, rule in rules.items()
            if name in definitions
        )
        cells = tuple(
            (name, *(plain_cell(definitions[name], rules[name], style) or ("", None, NEEDED)), read)
            for name, read in readers
        )
        when, unless = (getter(part[key]) if key in part else None for key in ("when", "unless"))
        templates.append(_Template(part_kind, readers, cells, when, unless, part.get("each", "")))
    joins = tuple(
        (name, getter(join["column"]), join["column"], join["file"], bool(join.get("optional")))
        for name, join in data.get("joins", {}).items()
    )
    return tuple(templates), tuple(_skip_rule(rule) for rule in data.get("skip", ())), joins


def _compiled_field(definition: FieldDef, rule: Any, style: dict[str, Any], name: str) -> _Reader:
    try:
        return compile_field(definition, rule, style)
    except re.error as error:
        raise IntakeError("mapping_broken", where=name, reason=short(error)) from None


def _skip_rule(rule: MappingABC[str, Any]) -> _SkipRule:
    read = getter(rule["column"])
    wanted = rule.get("equals", ())
    equals = frozenset(text.casefold() for text in ([wanted] if isinstance(wanted, str) else wanted))
    try:
        pattern = re.compile(rule["matches"]) if "matches" in rule else None
    except re.error as error:
        raise IntakeError("mapping_broken", where="skip", reason=short(error)) from None
    empty = rule.get("empty")

    def matches(row: MappingABC[str, Any]) -> bool:
        text = read(row)
        if equals and text.casefold() in equals:
            return True
        if pattern is not None and pattern.search(text):
            return True
        return empty is not None and (not text) == empty

    return _SkipRule(matches, rule.get("reason", "skipped_by_rule"), tuple(rule.get("keep", ())))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise IntakeError("mapping_broken", where="zone", reason=f"{short(name)} is no time zone") from None
