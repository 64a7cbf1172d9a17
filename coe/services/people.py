"""People and the roles they hold. A person is deactivated, a role is ended; neither is deleted."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from coe.enums.roles import ROLES, Role, RoleKind
from coe.errors import Duplicate, Invalid, WrongState
from coe.models import BusinessLine, ImportBatch, RoleAssignment, SocialAccount, User
from coe.registries import mail_kinds, person_left, role_changed
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, required, save_changed

EDITABLE = frozenset(
    {
        "email",
        "name",
        "job_title",
        "language",
        "time_zone",
        "theme",
        "muted_mail",
        "hub_fte_hundredths",
        "joined_on",
        "left_on",
        "is_staff",
    }
)


def _check(values: Mapping[str, Any]) -> None:
    zone = values.get("time_zone")
    if zone is not None and zone not in available_timezones():
        raise Invalid.one(
            "time_zone",
            "time_zone_unknown",
            _("“%(zone)s” is no time zone; write for example Europe/Paris.") % {"zone": zone},
        )
    language = values.get("language")
    if language is not None and language not in dict(settings.LANGUAGES):
        raise Invalid.one(
            "language",
            "language_unknown",
            _("“%(language)s” is not a language of this hub.") % {"language": language},
        )
    muted = values.get("muted_mail")
    if muted is not None and (not isinstance(muted, list) or any(one not in mail_kinds for one in muted)):
        raise Invalid.one(
            "muted_mail",
            "choice_unknown",
            _("Kinds of e-mail: %(known)s.") % {"known": ", ".join(mail_kinds)},
        )
    if (values.get("hub_fte_hundredths") or 0) > 100:
        raise Invalid.one(
            "hub_fte_hundredths", "out_of_range", _("One person is at most one full-time post (100).")
        )


def _free_email(email: str) -> str:
    email = email.strip().lower()
    if not email:
        raise required("email")
    if User.objects.filter(email=email).exists():
        raise Duplicate.one(
            "email", "duplicate", _("%(email)s is already a person of this hub.") % {"email": email}
        )
    return email


@transaction.atomic
def create_person(
    *,
    email: str,
    by: Actor,
    at: datetime,
    name: str = "",
    password: str | None = None,
    why: str = "",
    batch: ImportBatch | None = None,
    **fields: Any,
) -> User:
    """Register a person. Without a password they log in by single sign-on or a reset link.

    :raises Invalid: a field is wrong. :raises Duplicate: the e-mail address is taken.
    """
    clean = clean_values(
        User, values={"email": email.lower(), "name": name, **fields}, allowed=EDITABLE | {"is_demo"}
    )
    _check(clean)
    clean["email"] = _free_email(clean["email"])
    user = User(created_at=at, updated_at=at, **clean)
    user.set_password(password)
    user.save(force_insert=True)
    record(
        "person.created",
        user,
        by=by,
        at=at,
        changes=changed({}, snapshot(user)),
        why=why,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(user, is_create=True)])
    if user.hub_fte_hundredths:
        note_facts([(None, "roles")], at=at)
    return user


@transaction.atomic
def edit_person(
    person: User,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> User:
    """Change a person's data. Nothing is written when nothing differs.

    :raises Invalid: a field is wrong. :raises Duplicate: the new address is taken.
    :raises Stale: `expected_revision` is old.
    """
    person = locked(person, expected_revision=expected_revision)
    values = dict(changes)
    if isinstance(values.get("email"), str):
        values["email"] = values["email"].strip().lower()
    clean = clean_values(User, values=values, allowed=EDITABLE)
    _check(clean)
    if "email" in clean and clean["email"] != person.email:
        clean["email"] = _free_email(clean["email"])
    before, raw = snapshot(person), {name: getattr(person, name) for name in clean}
    for name, value in clean.items():
        setattr(person, name, value)
    difference = changed(before, snapshot(person))
    if difference:
        save_changed(person, fields=clean, at=at)
        record(
            "person.updated",
            person,
            by=by,
            at=at,
            changes=difference,
            why=why,
            batch_id=batch and batch.public_id,
        )
        note_effects(batch, effects=[Effect(person, is_create=False, before=raw)])
        if "hub_fte_hundredths" in difference:
            note_facts([(None, "roles")], at=at)
    return person


@transaction.atomic
def deactivate_person(
    person: User,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> User:
    """Close a person's log-in and end their roles; accounts they own keep their name so that the gap is seen.

    :raises WrongState: they are inactive already.
    """
    person = locked(person, expected_revision=expected_revision)
    if not person.is_active:
        raise WrongState(_("%(name)s is inactive already.") % {"name": person})
    _open_log_in(
        person, is_open=False, left_on=person.left_on or at.date(), by=by, at=at, why=why, batch=batch
    )
    held = list(
        RoleAssignment.objects.filter(user=person).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    )
    for assignment in held:
        _end_at(assignment, until=max(at, assignment.valid_from), by=by, at=at, why=why, batch=batch)
    _tell(held, by=by, at=at)
    # Their accounts now have an inactive owner, which is a fact about each of these lines.
    note_facts(
        [(line_id, "accounts") for line_id in lines_of_owners([person.pk])]
        + [(one.line_id, "roles") for one in held],
        at=at,
    )
    for follow in person_left.values():
        follow([person.pk], by=by, at=at)
    return person


@transaction.atomic
def reactivate_person(
    person: User,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    batch: ImportBatch | None = None,
) -> User:
    """Open the log-in again. Roles that ended stay ended.

    :raises WrongState: they are active.
    """
    person = locked(person, expected_revision=expected_revision)
    if person.is_active:
        raise WrongState(_("%(name)s is active.") % {"name": person})
    _open_log_in(person, is_open=True, left_on=None, by=by, at=at, why=why, batch=batch)
    note_facts([(line_id, "accounts") for line_id in lines_of_owners([person.pk])], at=at)
    return person


def _open_log_in(
    person: User,
    *,
    is_open: bool,
    left_on: date | None,
    by: Actor,
    at: datetime,
    why: str,
    batch: ImportBatch | None,
) -> None:
    before, raw = snapshot(person), {"is_active": person.is_active, "left_on": person.left_on}
    person.is_active, person.left_on = is_open, left_on
    save_changed(person, fields=raw, at=at)
    action = "person.reactivated" if is_open else "person.deactivated"
    batch_id = batch and batch.public_id
    record(
        action, person, by=by, at=at, changes=changed(before, snapshot(person)), why=why, batch_id=batch_id
    )
    note_effects(batch, effects=[Effect(person, is_create=False, before=raw)])


def lines_of_owners(people: Iterable[int]) -> set[int]:
    """Lines of the accounts that these people (by key) own or back up."""
    keys = list(people)
    owned = SocialAccount.objects.filter(Q(primary_owner__in=keys) | Q(backup_owner__in=keys))
    return set(owned.values_list("line_id", flat=True))


@transaction.atomic
def assign_role(
    person: User,
    *,
    role: Role,
    by: Actor,
    at: datetime,
    line: BusinessLine | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    note: str = "",
    why: str = "",
    batch: ImportBatch | None = None,
) -> RoleAssignment:
    """Give a person a role, on a line or (hub roles and function seats) for the whole company.

    A role that is over already may be noted for a person who has left: it gives nobody a right.

    :raises Invalid: line and role do not fit, or it ends before it starts. :raises Duplicate: they hold it already.
    :raises WrongState: the person is inactive.
    """
    if role not in Role.values:
        raise Invalid.one("role", "role_unknown", _("“%(role)s” is not a role.") % {"role": role})
    role = Role(role)
    needs_line = ROLES[role].kind == RoleKind.LINE
    if needs_line and line is None:
        raise Invalid.one(
            "line", "required", _("%(role)s is held on a line; choose one.") % {"role": role.label}
        )
    if not needs_line and line is not None:
        raise Invalid.one(
            "line",
            "line_not_wanted",
            _("%(role)s is held for the whole company; leave the line empty.") % {"role": role.label},
        )
    person = locked(person)
    if not person.is_active and (valid_until is None or valid_until > at):
        raise WrongState(_("%(name)s is inactive.") % {"name": person})
    start = valid_from or at
    if valid_until is not None and valid_until <= start:
        raise Invalid.one("valid_until", "ends_before_start", _("A role ends after it starts."))
    held = RoleAssignment.objects.filter(user=person, role=role, line=line)
    if valid_until is not None:
        held = held.filter(valid_from__lt=valid_until)
    if held.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start)).exists():
        raise Duplicate.one("role", "duplicate", _("%(name)s holds this role already.") % {"name": person})
    assignment = RoleAssignment.objects.create(
        user=person,
        role=role,
        line=line,
        valid_from=start,
        valid_until=valid_until,
        note=note.strip()[:200],
        created_at=at,
        updated_at=at,
    )
    record(
        "role.assigned",
        assignment,
        by=by,
        at=at,
        changes=changed({}, snapshot(assignment)),
        why=why,
        line_id=line.pk if line else None,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(assignment, is_create=True)])
    note_facts([(line.pk if line else None, "roles")], at=at)
    _tell([assignment], by=by, at=at)
    return assignment


@transaction.atomic
def end_role(
    assignment: RoleAssignment,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> RoleAssignment:
    """End a role now; the row stays.

    :raises WrongState: it has ended already.
    """
    assignment = locked(assignment, expected_revision=expected_revision)
    if assignment.valid_until is not None and assignment.valid_until <= at:
        raise WrongState(_("This role has ended already."))
    # A role that has not begun ends at its own start: it was never in force.
    _end_at(assignment, until=max(at, assignment.valid_from), by=by, at=at, why=why)
    note_facts([(assignment.line_id, "roles")], at=at)
    _tell([assignment], by=by, at=at)
    return assignment


@transaction.atomic
def end_role_on(
    assignment: RoleAssignment,
    *,
    until: datetime | None,
    by: Actor,
    at: datetime,
    why: str = "",
    batch: ImportBatch | None = None,
) -> RoleAssignment:
    """Say when a role that is still held ends; None: it stays open.

    :raises WrongState: it has ended already; giving it anew is another assignment.
    :raises Invalid: it would end before it starts.
    """
    assignment = locked(assignment)
    if assignment.valid_until is not None and assignment.valid_until <= at:
        raise WrongState(_("This role has ended already."))
    if until is not None and until < assignment.valid_from:
        raise Invalid.one("valid_until", "ends_before_start", _("A role ends after it starts."))
    _end_at(assignment, until=until, by=by, at=at, why=why, batch=batch)
    note_facts([(assignment.line_id, "roles")], at=at)
    _tell([assignment], by=by, at=at)
    return assignment


def _end_at(
    assignment: RoleAssignment,
    *,
    until: datetime | None,
    by: Actor,
    at: datetime,
    why: str,
    batch: ImportBatch | None = None,
) -> None:
    before, was = snapshot(assignment), assignment.valid_until
    assignment.valid_until = until
    save_changed(assignment, fields=["valid_until"], at=at)
    record(
        "role.ended" if until is not None else "role.prolonged",
        assignment,
        by=by,
        at=at,
        changes=changed(before, snapshot(assignment)),
        why=why,
        line_id=assignment.line_id,
        batch_id=batch and batch.public_id,
    )
    note_effects(batch, effects=[Effect(assignment, is_create=False, before={"valid_until": was})])


def _tell(assignments: Iterable[RoleAssignment], *, by: Actor, at: datetime) -> None:
    """Tell the floors above which roles were given or ended, in this transaction."""
    ids = [one.pk for one in assignments]
    if ids:
        for tell in role_changed.values():
            tell(ids, by=by, at=at)


def people_by_email(emails: Iterable[str], *, among: QuerySet[User] | None = None) -> dict[str, User]:
    """Known people by lower-case e-mail address, of all or of some (one query)."""
    people = User.objects.all() if among is None else among
    asked = {email.strip().lower() for email in emails if email.strip()}
    return {user.email: user for user in people.filter(email__in=asked)}
