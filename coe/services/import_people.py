"""Importing people. Roles are not imported: who may do what is decided person by person."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import DomainError, Problem
from coe.services.import_cells import day, read_cells, text, whole
from coe.services.importing import ImportContext, ImportKind, InputRow, RowResult
from coe.services.people import create_person, edit_person, people_by_email

FIELDS = ("email", "name", "job_title", "language", "time_zone", "hub_fte_hundredths", "joined_on", "left_on")
_PARSERS = {
    "email": text, "name": text, "job_title": text, "language": text, "time_zone": text, "hub_fte_hundredths": whole,
    "joined_on": day, "left_on": day,
}  # fmt: skip
_BLANKS = {"name": "", "job_title": "", "hub_fte_hundredths": 0, "joined_on": None, "left_on": None}


def import_people(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Create and change people by their e-mail address."""
    read: list[tuple[InputRow, dict[str, Any]]] = []
    results: dict[int, RowResult] = {}
    seen = ctx.memo.setdefault("seen", {})
    for row in rows:
        if row.skip:
            results[row.number] = ctx.skipped(row)
            continue
        values, problems = read_cells(row.records[0].fields, parsers=_PARSERS, blanks=_BLANKS)
        email = values.get("email", "").lower()
        if not email and not problems:
            problems.append(Problem("email", "required", _("A value is needed.")))
        elif email in seen:
            problems.append(
                Problem("email", "doubled_row", _("Row %(row)s has the same address.") % {"row": seen[email]})
            )
        if not ctx.allows(None):
            problems.append(Problem("email", "line_outside_scope", _("You may not create or change people.")))
        if problems:
            results[row.number] = ctx.rejected(row, *problems)
            continue
        seen[email] = row.number
        read.append((row, values | {"email": email}))
    known = people_by_email(values["email"] for _row, values in read)
    for row, values in read:
        person = known.get(values.pop("email") if values["email"] in known else "")
        try:
            with transaction.atomic():
                if person is None:
                    create_person(by=ctx.by, at=ctx.at, batch=ctx.batch, **values)
                    outcome = RowOutcome.CREATED
                else:
                    differing = {
                        name: value for name, value in values.items() if getattr(person, name) != value
                    }
                    outcome = RowOutcome.UNCHANGED
                    if differing:
                        edit_person(person, changes=differing, by=ctx.by, at=ctx.at, batch=ctx.batch)
                        outcome = RowOutcome.UPDATED
            results[row.number] = RowResult(row.number, outcome)
        except DomainError as error:
            results[row.number] = ctx.rejected(
                row, *(error.problems or (Problem("", error.code, error.message),))
            )
    return [results[row.number] for row in rows]


PEOPLE = ImportKind(
    "people", gettext_lazy("People"), Permission.MANAGE_PEOPLE, FIELDS, import_people, required=("email",)
)
