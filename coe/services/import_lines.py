"""Importing lines. A parent may stand below its children in the file; it is created first all the same."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.lines import LineKind, LineStatus
from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import DomainError, Problem
from coe.models import BusinessLine, Tag, WorkingCalendar
from coe.services.import_cells import read_cells, text, truth, words
from coe.services.importing import ImportContext, ImportKind, InputRow, RowResult
from coe.services.line_codes import line_code, line_key
from coe.services.lines import (
    NewLine,
    archive_line,
    create_line,
    edit_line,
    ensure_lines,
    move_line,
    restore_line,
)

FIELDS = (
    "code",
    "name",
    "kind",
    "parent",
    "status",
    "is_spoke",
    "description",
    "time_zone",
    "calendar",
    "tags",
)
_PARSERS = {
    "code": text, "name": text, "kind": text, "parent": text, "status": text, "is_spoke": truth, "description": text,
    "time_zone": text, "calendar": text, "tags": words, "parent_name": text,
}  # fmt: skip
_BLANKS = {"parent": "", "description": "", "time_zone": "", "calendar": "", "tags": ()}


def import_lines(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Create and change lines; unchanged ones cost nothing but the reading."""
    known = ctx.memo.get("lines")
    if known is None:
        known = {line.code_key: line for line in BusinessLine.objects.select_related("parent", "calendar")}
        names: dict[int, set[str]] = {}
        for line_id, key in (
            Tag.lines.through.objects.values_list("businessline_id", "tag__key") if known else []
        ):
            names.setdefault(line_id, set()).add(key)
        ctx.memo.update(
            lines=known,
            tags=names,
            calendars={one.code: one for one in WorkingCalendar.objects.all()},
            seen={},
        )
    results: dict[int, RowResult] = {}
    waiting: dict[str, tuple[InputRow, dict[str, Any]]] = {}
    for row in rows:
        if row.skip:
            results[row.number] = ctx.skipped(row)
            continue
        values, problems = read_cells(row.records[0].fields, parsers=_PARSERS, blanks=_BLANKS)
        key = line_key(values.get("code", ""))
        if not key and not problems:
            problems.append(Problem("code", "required", _("A value is needed.")))
        first, said = ctx.memo["seen"].get(key, (0, {}))
        if first and not problems and said == values | {"code": said["code"]}:
            results[row.number] = ctx.repeated(row, first)
            continue
        if first:
            message = _("Row %(row)s has the same code and says something else. Keep one of the two rows.")
            problems.append(Problem("code", "doubled_row", message % {"row": first}))
        if problems:
            results[row.number] = ctx.rejected(row, *problems)
            continue
        ctx.memo["seen"][key] = (row.number, values)
        waiting[key] = (row, values)
    while waiting:
        ready = [
            key
            for key, (_row, values) in waiting.items()
            if line_key(values.get("parent", "")) not in waiting
        ]
        if not ready:
            for key, (row, _values) in waiting.items():
                problem = Problem(
                    "parent", "line_circle", _("The parents of %(code)s form a circle.") % {"code": key}
                )
                results[row.number] = ctx.rejected(row, problem)
            break
        for key in ready:
            row, values = waiting.pop(key)
            try:
                with transaction.atomic():
                    results[row.number] = RowResult(row.number, _one(ctx, key, values))
            except DomainError as error:
                problems = error.problems or (Problem("", error.code, error.message),)
                results[row.number] = ctx.rejected(row, *problems)
    return [results[row.number] for row in rows]


def _one(ctx: ImportContext, key: str, values: dict[str, Any]) -> RowOutcome:
    known = ctx.memo["lines"]
    line: BusinessLine | None = known.get(key)
    fields = {
        name: values[name]
        for name in ("name", "kind", "is_spoke", "description", "time_zone", "tags")
        if name in values
    }
    if "kind" in fields:
        fields["kind"] = _choice("kind", fields["kind"], LineKind)
    status = _choice("status", values.get("status") or LineStatus.ACTIVE, LineStatus)
    if values.get("calendar"):
        calendar = ctx.memo["calendars"].get(values["calendar"])
        if calendar is None:
            raise _wrong(
                "calendar",
                "calendar_unknown",
                _("There is no working calendar “%(code)s”.") % {"code": values["calendar"]},
            )
        fields["calendar"] = calendar
    elif "calendar" in values:
        fields["calendar"] = None
    parent = known.get(line_key(values["parent"])) if values.get("parent") else None
    if values.get("parent") and parent is None and ctx.creates_lines:
        new = NewLine(values["parent"], values.get("parent_name", ""), is_spoke=False)
        made = ensure_lines([new], by=ctx.by, at=ctx.at, batch=ctx.batch)
        parent = BusinessLine.objects.get(pk=made.ids[new.code])
        known[parent.code_key] = parent
    if values.get("parent") and parent is None:
        raise _wrong("parent", "line_unknown", _("There is no line “%(code)s”.") % {"code": values["parent"]})
    common = {"by": ctx.by, "at": ctx.at, "batch": ctx.batch}
    if line is None:
        if not ctx.allows(parent.pk if parent else None):
            raise _wrong("parent", "line_outside_scope", _("You may not create a line here."))
        line = create_line(
            code=line_code(values["code"]),
            name=fields.pop("name", "") or values["code"],
            parent=parent,
            **fields,
            **common,
        )
        if status == LineStatus.ARCHIVED:
            line = archive_line(line, by=ctx.by, at=ctx.at, batch=ctx.batch)
        known[key] = line
        return RowOutcome.CREATED
    if not ctx.allows(line.pk):
        raise _wrong(
            "code",
            "line_outside_scope",
            _("“%(line)s” is not a line you may import for.") % {"line": values["code"]},
        )
    if not fields.get("name", "x"):
        fields.pop("name")
    tags = {" ".join(tag.casefold().split()) for tag in fields.get("tags", ())}
    if tags == ctx.memo["tags"].get(line.pk, set()):
        fields.pop("tags", None)
    fields = {name: value for name, value in fields.items() if name == "tags" or getattr(line, name) != value}
    revision = line.revision
    if fields:
        line = edit_line(line, changes=fields, **common)
    if "parent" in values and (parent.pk if parent else None) != line.parent_id:
        if not ctx.allows(parent.pk if parent else None):
            raise _wrong("parent", "line_outside_scope", _("You may not move a line there."))
        line = move_line(line, parent=parent, **common)
    if "status" in values and status != line.status:
        change = archive_line if status == LineStatus.ARCHIVED else restore_line
        line = change(line, by=ctx.by, at=ctx.at, batch=ctx.batch)
    known[key] = line
    return RowOutcome.UPDATED if line.revision != revision else RowOutcome.UNCHANGED


def _wrong(field: str, code: str, message: str) -> DomainError:
    return DomainError(message, problems=(Problem(field, code, message),))


def _choice(field: str, value: str, choices: Any) -> Any:
    for choice in choices:
        if value.casefold() in (choice.value, str(choice.label).casefold()):
            return choice
    listed = ", ".join(choices.values)
    raise _wrong(
        field,
        "choice_unknown",
        _("“%(value)s” is not one of: %(choices)s.") % {"value": value, "choices": listed},
    )


LINES = ImportKind(
    "lines", gettext_lazy("Lines"), Permission.MANAGE_LINES, FIELDS, import_lines, required=("code",)
)
