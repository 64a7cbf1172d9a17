"""Importing people and the roles they hold: one row a role, so a person with several roles stands in several rows.

Rules
-----
- A person is known by their e-mail address. What several rows say about one person must agree; an empty cell says nothing.
- A role is known by person, role and line. A row without `valid_from` means the role that is held now, and gives it from now on
  when it is not. A row with another start than the role that is held is rejected: a start is never moved.
- An empty `valid_until` keeps a role open. A role that has ended is never opened again by a file; a later start gives it anew.
- `is_active` no, or a `left_on` that has come, makes a leaver: log-in closed, roles ended. A leaver is given no role that is in force.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language_info, gettext as _, gettext_lazy

from coe.enums.roles import ROLES, Permission, Role, RoleKind
from coe.enums.work import RowOutcome
from coe.errors import DomainError, Invalid, Problem
from coe.models import BusinessLine, RoleAssignment, User
from coe.rules.roles import may_assign
from coe.services.import_cells import day, moment, read_cells, text, truth, whole
from coe.services.importing import ImportContext, ImportKind, InputRow, Kept, RowResult, UndoContext
from coe.services.line_codes import line_key
from coe.services.people import (
    assign_role,
    create_person,
    deactivate_person,
    edit_person,
    end_role_on,
    people_by_email,
    reactivate_person,
)
from coe.services.undo import MergedEffect, undo_records

FIELDS = (
    "email", "name", "job_title", "language", "time_zone", "hub_fte_hundredths", "joined_on", "left_on", "is_active", "role", "line",
    "valid_from", "valid_until",
)  # fmt: skip
_ROLE = ("role", "line", "valid_from", "valid_until")
_PARSERS = {
    "email": text, "name": text, "job_title": text, "language": text, "time_zone": text, "hub_fte_hundredths": whole,
    "joined_on": day, "left_on": day, "is_active": truth, "role": text, "line": text, "valid_from": moment, "valid_until": moment,
}  # fmt: skip
_BLANKS = {"name": "", "job_title": "", "hub_fte_hundredths": 0, "joined_on": None, "left_on": None}


def import_people(ctx: ImportContext, rows: Sequence[InputRow]) -> list[RowResult]:
    """Create and change people by their e-mail address, and bring their roles up to what the file says."""
    results: dict[int, RowResult] = {}
    read: list[tuple[InputRow, dict[str, Any]]] = []
    for row in rows:
        if row.skip:
            results[row.number] = ctx.skipped(row)
            continue
        values, problems = read_cells(row.records[0].fields, parsers=_PARSERS, blanks=_BLANKS)
        values["email"] = values.get("email", "").lower()
        if not values["email"] and not problems:
            problems.append(Problem("email", "required", _("A value is needed.")))
        if not ctx.allows(None):
            problems.append(Problem("email", "line_outside_scope", _("You may not create or change people.")))
        problems += _spelled_out(ctx, values)
        earlier = None
        if not problems:
            earlier, problems = _compared(ctx, row, values)
        if problems:
            results[row.number] = ctx.rejected(row, *problems)
        elif earlier is not None:
            results[row.number] = ctx.repeated(row, earlier)
        else:
            read.append((row, values))
    known = people_by_email(values["email"] for _row, values in read)
    held = _held(known.values())
    for row, values in read:
        try:
            with transaction.atomic():  # a row that fails half-way leaves nothing of itself
                outcome = _one(ctx, dict(values), known, held)
        except DomainError as error:
            # What the failed row changed in memory is read anew.
            known.pop(values["email"], None)
            known |= (fresh := people_by_email([values["email"]]))
            held |= _held(fresh.values())
            results[row.number] = ctx.rejected(
                row, *(error.problems or (Problem("", error.code, error.message),))
            )
        else:
            results[row.number] = RowResult(row.number, outcome)
    return [results[row.number] for row in rows]


def _spelled_out(ctx: ImportContext, values: dict[str, Any]) -> list[Problem]:
    """Put the words of a file in the place of which the hub has its own: language, zone, role and line."""
    problems: list[Problem] = []
    if language := values.get("language"):
        known = {code.casefold(): code for code, _name in settings.LANGUAGES}
        known |= {str(name).casefold(): code for code, name in settings.LANGUAGES}
        known |= {
            get_language_info(code)["name_local"].casefold(): code for code, _name in settings.LANGUAGES
        }
        wanted = language.casefold()
        values["language"] = known.get(wanted) or known.get(wanted.replace("_", "-").split("-")[0], language)
    if zone := values.get("time_zone"):
        zones = ctx.memo.setdefault("zones", {name.casefold(): name for name in available_timezones()})
        values["time_zone"] = zones.get(zone.casefold().replace(" ", "_"), zone)
    if role := values.pop("role", ""):
        wanted = role.casefold()
        values["role"] = next(
            (
                one
                for one in Role
                if wanted.replace(" ", "_") == one.value or wanted == str(one.label).casefold()
            ),
            None,
        )
        if values["role"] is None:
            message = _("“%(role)s” is not a role. Write one of: %(roles)s.") % {
                "role": role, "roles": ", ".join(Role.values),
            }  # fmt: skip
            problems.append(Problem("role", "role_unknown", message))
    line = values.pop("line", "")
    role = values.get("role")
    if line and role and ROLES[role].kind == RoleKind.LINE:
        values["line"] = _line(ctx, line)
        if values["line"] is None:
            message = _("There is no line “%(code)s”. Import lines first, or correct the code.")
            problems.append(Problem("line", "line_unknown", message % {"code": line}))
    elif role and ROLES[role].kind == RoleKind.LINE:
        message = _("%(role)s is held on a line; choose one.") % {"role": role.label}
        problems.append(Problem("line", "required", message))
    # A line beside a role of the whole company is where the person works, and so is a line without a role.
    if role is None and not problems and (values.get("valid_from") or values.get("valid_until")):
        message = _("From and until belong to a role; name the role.")
        problems.append(Problem("role", "required", message))
    return problems


def _line(ctx: ImportContext, wanted: str) -> BusinessLine | None:
    """The line of a code, or of a name that only one line has: a right is never given on a guess."""
    if "lines" not in ctx.memo:
        every = list(BusinessLine.objects.all())
        names: dict[str, list[BusinessLine]] = {}
        for line in every:
            names.setdefault(" ".join(line.name.casefold().split()), []).append(line)
        ctx.memo["lines"] = {name: found[0] for name, found in names.items() if len(found) == 1}
        ctx.memo["lines"] |= {line.code_key: line for line in every}
    lines: dict[str, BusinessLine] = ctx.memo["lines"]
    return lines.get(line_key(wanted)) or lines.get(" ".join(wanted.casefold().split()))


def _held(people: Iterable[User]) -> dict[int, list[RoleAssignment]]:
    """Roles of people, ended ones too, the newest first (one query)."""
    found: dict[int, list[RoleAssignment]] = {person.pk: [] for person in people}
    for one in RoleAssignment.objects.filter(user__in=found).order_by("-valid_from", "-pk"):
        found[one.user_id].append(one)
    return found


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or (value == 0 and value is not False)


def _compared(ctx: ImportContext, row: InputRow, values: dict[str, Any]) -> tuple[int | None, list[Problem]]:
    """The earlier row that said all of this, or what contradicts an earlier row about the same person or role."""
    email, line, until = values["email"], values.get("line"), values.get("valid_until")
    said: dict[str, tuple[Any, int]] = ctx.memo.setdefault("said", {}).setdefault(email, {})
    own = {
        name: value
        for name, value in values.items()
        if name not in (*_ROLE, "email") and not _is_blank(value)
    }
    against = [(name, *said[name]) for name, value in own.items() if name in said and said[name][0] != value]
    key = (email, values.get("role"), line.pk if line else None, values.get("valid_from"))
    roles: dict[Any, tuple[int, Any]] = ctx.memo.setdefault("roles_said", {})
    if (earlier := roles.get(key)) is not None and earlier[1] != until:
        against.append(("valid_until", earlier[1] or "", earlier[0]))
    if against:
        message = _(
            "Row %(row)s says “%(value)s” for %(email)s. Let the rows agree, or leave the cell empty."
        )
        return None, [
            Problem(name, "doubled_row", message % {"row": number, "value": value, "email": email})
            for name, value, number in against
        ]
    if earlier is not None and own.keys() <= said.keys():
        return earlier[0], []
    roles.setdefault(key, (row.number, until))
    for name, value in own.items():
        said.setdefault(name, (value, row.number))
    return None, []


def _one(
    ctx: ImportContext, values: dict[str, Any], known: dict[str, User], held: dict[int, list[RoleAssignment]]
) -> RowOutcome:  # fmt: skip
    email = values.pop("email")
    asked = {name: values.pop(name, None) for name in _ROLE}
    # An empty cell says nothing where another row of the file speaks about the same person.
    said = {name: value for name, (value, _row) in ctx.memo["said"][email].items()}
    values = {name: value for name, value in values.items() if not _is_blank(value) or name not in said}
    values.pop("is_active", None)
    is_active, left_on = said.get("is_active"), said.get("left_on")
    person = known.get(email)
    leaves = is_active is False or (is_active is None and left_on is not None and left_on <= ctx.at.date())
    if is_active and left_on is not None and left_on <= ctx.at.date():
        message = _("Somebody who is active has not left; empty one of the two cells.")
        raise Invalid.one("left_on", "contradiction", message)
    common = {"by": ctx.by, "at": ctx.at, "batch": ctx.batch}
    outcome = RowOutcome.UNCHANGED
    if person is None:
        person = create_person(email=email, **values, **common)
        outcome = RowOutcome.CREATED
    else:
        if is_active and not person.is_active:
            person = reactivate_person(person, **common)
            outcome = RowOutcome.UPDATED
        differing = {
            name: value
            for name, value in values.items()
            if getattr(person, name) != value and (name != "left_on" or value is not None or person.is_active)
        }
        if differing:
            person = edit_person(person, changes=differing, **common)
            outcome = RowOutcome.UPDATED
    roles = held.setdefault(person.pk, [])
    if asked["role"]:
        outcome = max(outcome, _role(ctx, person, asked, roles, leaves=leaves), key=_WEIGHT.index)
    if leaves and person.is_active:
        person = deactivate_person(person, **common)
        held |= _held([person])
        outcome = max(outcome, RowOutcome.UPDATED, key=_WEIGHT.index)
    known[email] = person
    return outcome


_WEIGHT = (RowOutcome.UNCHANGED, RowOutcome.UPDATED, RowOutcome.CREATED)


def _role(
    ctx: ImportContext, person: User, asked: Mapping[str, Any], roles: list[RoleAssignment], *, leaves: bool
) -> RowOutcome:
    role, line, start, until = (asked[name] for name in _ROLE)
    same = [one for one in roles if one.role == role and one.line_id == (line.pk if line else None)]
    if start is not None:
        found = next((one for one in same if one.valid_from == start), None)
    else:
        found = next((one for one in same if _runs(one, ctx.at)), None)
        if found is None and (leaves or until is not None):
            found = next((one for one in same if leaves or one.valid_until == until), None)
    if found is not None and (leaves or found.valid_until == until):
        return RowOutcome.UNCHANGED
    if not may_assign(ctx.principal, role, line.pk if line else None):
        raise Invalid.one(
            "role", "not_allowed", _("You may not give or end the role %(role)s.") % {"role": role.label}
        )
    common = {"by": ctx.by, "at": ctx.at, "batch": ctx.batch}
    if found is not None:
        if not _runs(found, ctx.at):
            message = _("%(name)s held this role until %(day)s. Give a later start to give it anew.")
            raise Invalid.one(
                "valid_until", "role_ended", message % {"name": person, "day": _day(found.valid_until)}
            )
        roles[roles.index(found)] = end_role_on(found, until=until, **common)
        return RowOutcome.UPDATED
    begins, ends = start or ctx.at, until or datetime.max.replace(tzinfo=ctx.at.tzinfo)
    clash = next(
        (one for one in same if one.valid_from < ends and (one.valid_until is None or one.valid_until > begins)), None
    )  # fmt: skip
    if clash is not None:
        message = _("%(name)s holds this role since %(day)s. Leave “valid from” empty to keep it as it is.")
        raise Invalid.one(
            "valid_from", "role_overlaps", message % {"name": person, "day": _day(clash.valid_from)}
        )
    if leaves and (until is None or until > ctx.at):
        message = _("%(name)s has left: say when the role ended, or leave the role empty.")
        raise Invalid.one("valid_until", "person_left", message % {"name": person})
    roles.append(assign_role(person, role=role, line=line, valid_from=start, valid_until=until, **common))
    return RowOutcome.CREATED


def _runs(assignment: RoleAssignment, at: datetime) -> bool:
    return assignment.valid_until is None or assignment.valid_until > at


def _day(moment_: datetime | None) -> str:
    return moment_.date().isoformat() if moment_ else ""


def undo_roles(ctx: UndoContext, effects: Iterable[MergedEffect]) -> list[Kept]:
    """Take roles back; one that was ended and given anew since stays ended, for nobody holds a role twice."""
    effects = list(effects)
    touched = {
        one.pk: one
        for one in RoleAssignment.objects.select_related("user").filter(
            pk__in=[effect.object_pk for effect in effects]
        )
    }
    running = set(
        RoleAssignment.objects.filter(user__in={one.user_id for one in touched.values()}, valid_until=None)
        .exclude(pk__in=touched)
        .values_list("user_id", "role", "line_id")
    )
    stays = {pk for pk, one in touched.items() if (one.user_id, one.role, one.line_id) in running}
    stays -= {effect.object_pk for effect in effects if effect.is_create}
    label = RoleAssignment._meta.label_lower
    kept = [Kept(label, str(touched[pk]), _("the role was given anew since")) for pk in sorted(stays)]
    return kept + undo_records(
        ctx, label=label, effects=[effect for effect in effects if effect.object_pk not in stays]
    )


PEOPLE = ImportKind(
    "people", gettext_lazy("People"), Permission.MANAGE_PEOPLE, FIELDS, import_people, required=("email",),
    undo={RoleAssignment._meta.label_lower: undo_roles},
)  # fmt: skip
