"""Gives people access to accounts and asks it back: nobody gets in, or stays in, without what the level needs.

The hub turns no switch on a platform: what it asks back is `revoking`, with a day, until somebody says that it is done.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from coe.enums.accounts import ENDED_STATES
from coe.errors import Duplicate, Invalid, NotAllowed, Problem, WrongState
from coe.models import LineClosure, RoleAssignment, SocialAccount, User
from coe.rules.principals import Actor, principal_of
from coe.selectors.working_times import working_times
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.records import locked, save_changed
from coe.services.timers import cancel_timers, set_timers
from governance.enums.access import (
    GRANT_TRANSITIONS,
    OPEN_GRANT_STATES,
    AccessLevel,
    GrantState,
    RevokeCause,
)
from governance.models import AccessGrant
from governance.rules.access import may_ask, may_grant, may_review, needs_two
from governance.selectors.access import Basis, Wanted, bases

# The kind of timer at which a grant is looked at again (governance/engine/access.py); its subject is the grant's public id.
EXPIRY = "access.expiry"
LOOK_AGAIN = timedelta(days=1)
REVIEW_EVERY = timedelta(days=91)
_SAVED = ["state", "revoke_cause", "revoke_asked_at", "revoke_due_at", "end_note", "updated_at", "revision"]


def actor_user(actor: Actor) -> User:
    """The person who acts.

    :raises NotAllowed: a token or the hub itself acts; access is given by people.
    """
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is None:
        raise NotAllowed(_("Access is given and confirmed by people who are logged in."))
    return user


def _ground(person: User, account: SocialAccount, level: str, at: datetime) -> Basis:
    """What the access would rest on.

    :raises Invalid: the person left, the account ended, or a course is missing: the answer names it and where it is taken.
    """
    if not person.is_active:
        raise Invalid.one("person", "inactive", _("%(name)s has left.") % {"name": person})
    if account.state in ENDED_STATES:
        raise Invalid.one(
            "account", "ended", _("%(handle)s is no longer in the register.") % {"handle": account.handle}
        )
    basis = bases([Wanted(person.pk, account, level)], at=at)[0]
    if basis.missing:
        names = ", ".join(f"{course.code} · {course.title}" for course in basis.missing)
        message = _("%(name)s needs a valid certificate first: %(courses)s. Or an exception.") % {
            "name": person, "courses": names,
        }  # fmt: skip
        courses = [
            {"code": course.code, "title": course.title, "url": reverse("course-detail", args=[course.code])}
            for course in basis.missing
        ]
        problem = Problem("person", "certificate_missing", message)
        raise Invalid(message, problems=(problem,), extra={"courses": courses})
    return basis


def _look(grant: AccessGrant, basis: Basis, at: datetime) -> datetime:
    """When the grant is looked at next: at the end of the first thing it rests on, and within a day whatever happens."""
    return min(one for one in (grant.valid_until, basis.ends_at, at + LOOK_AGAIN) if one is not None)


def _give(grant: AccessGrant, basis: Basis, *, by_user: User, at: datetime) -> None:
    grant.state, grant.granted_by, grant.granted_at = GrantState.ACTIVE, by_user, at
    grant.basis, grant.certificate, grant.exception = basis.kind, basis.certificate, basis.exception
    grant.review_due_at = at + REVIEW_EVERY


@transaction.atomic
def request_access(
    *, person: User, account: SocialAccount, level: str, by: Actor, at: datetime, why: str = "",
    valid_until: datetime | None = None,
) -> AccessGrant:  # fmt: skip
    """Ask for access. Who may give it on the account's line gives it at once, but for the highest level and for themselves.

    :raises Invalid: the person left, the account ended, the agreed end has passed, or a certificate is missing (`extra["courses"]` names
        which, with a link). :raises NotAllowed: the caller may not ask. :raises Duplicate: the same is given or asked for already.
    """
    if level not in AccessLevel.values:
        raise Invalid.one("level", "choice_unknown", _("Choose a level."))
    if valid_until is not None and valid_until <= at:
        raise Invalid.one("valid_until", "in_the_past", _("The end has passed already; choose a later one."))
    if len(why) > 300:
        raise Invalid.one("why", "too_long", _("At most %(most)d characters, please.") % {"most": 300})
    asker = actor_user(by)
    principal = principal_of(asker, at)
    # Both rows are locked: whoever archives the account or lets the person go waits for us, and asks this grant back.
    person, account = locked(person), locked(account)
    if not may_ask(principal, account, person):
        raise NotAllowed()
    basis = _ground(person, account, level, at)
    if AccessGrant.objects.filter(
        person=person, account=account, level=level, state__in=OPEN_GRANT_STATES
    ).exists():
        raise Duplicate.one(
            "level",
            "duplicate",
            _("%(name)s has this access already, or it is asked for.") % {"name": person},
        )
    grant = AccessGrant(
        person=person, account=account, level=level, why=why.strip(), requested_by=asker, requested_at=at, valid_until=valid_until,
        state=GrantState.REQUESTED, basis=basis.kind, created_at=at, updated_at=at,
    )  # fmt: skip
    is_given = may_grant(principal, account) and not needs_two(level, person_id=person.pk, by_id=asker.pk)
    if is_given:
        _give(grant, basis, by_user=asker, at=at)
    grant.save(force_insert=True)
    name = "access.granted" if is_given else "access.requested"
    record(name, grant, by=by, at=at, changes=changed({}, snapshot(grant)), why=why, line_id=account.line_id)
    if is_given:
        set_timers(EXPIRY, due={str(grant.public_id): _look(grant, basis, at)}, at=at)
    note_facts([(account.line_id, "access")], at=at)
    return grant


def _moved(grant: AccessGrant, state: GrantState) -> None:
    """:raises WrongState: the grant cannot get there."""
    if state not in GRANT_TRANSITIONS[GrantState(grant.state)]:
        raise WrongState(
            _("Not possible: this access is “%(state)s”.") % {"state": grant.get_state_display()}
        )


def _save(
    grant: AccessGrant, name: str, before: dict[str, Any], *, by: Actor, at: datetime, why: str = ""
) -> None:
    difference = changed(before, snapshot(grant))
    save_changed(grant, fields=list(difference), at=at)
    record(name, grant, by=by, at=at, changes=difference, why=why, line_id=grant.account.line_id)
    note_facts([(grant.account.line_id, "access")], at=at)


@transaction.atomic
def grant_access(
    grant: AccessGrant, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> AccessGrant:
    """Give what was asked for, as the second person.

    :raises NotAllowed: the caller asked for it, or would get in themselves, or gives no access there. :raises WrongState: it is not
        waiting. :raises Invalid: as `request_access`, asked again now. :raises Stale: `expected_revision` is old.
    """
    giver = actor_user(by)
    person, account = locked(grant.person), locked(grant.account)
    row = locked(grant, expected_revision=expected_revision)
    if not may_grant(principal_of(giver, at), account):
        raise NotAllowed()
    if giver.pk == person.pk or (row.level == AccessLevel.ADMIN and giver.pk == row.requested_by_id):
        raise NotAllowed(_("This takes a second person: neither who asked for it nor who gets in."))
    _moved(row, GrantState.ACTIVE)
    if row.state != GrantState.REQUESTED:
        raise WrongState(_("Not possible: this access is “%(state)s”.") % {"state": row.get_state_display()})
    basis = _ground(person, account, row.level, at)
    before = snapshot(row)
    _give(row, basis, by_user=giver, at=at)
    _save(row, "access.granted", before, by=by, at=at, why=why)
    set_timers(EXPIRY, due={str(row.public_id): _look(row, basis, at)}, at=at)
    return row


@transaction.atomic
def refuse_access(grant: AccessGrant, *, by: Actor, at: datetime, note: str = "") -> AccessGrant:
    """Refuse what was asked for, or withdraw it when the caller asked.

    :raises NotAllowed: the caller neither gives access there nor asked. :raises WrongState: it is not waiting.
    """
    user = actor_user(by)
    row = locked(grant)
    is_own = user.pk in (row.requested_by_id, row.person_id)
    if not is_own and not may_grant(principal_of(user, at), row.account):
        raise NotAllowed()
    state = GrantState.WITHDRAWN if is_own else GrantState.REFUSED
    _moved(row, state)
    before = snapshot(row)
    row.state, row.end_note = state, note.strip()[:300]
    _save(row, f"access.{state.value}", before, by=by, at=at, why=note)
    return row


@transaction.atomic
def ask_back(
    grants: Iterable[AccessGrant],
    *,
    cause: str,
    by: Actor,
    at: datetime,
    note: str = "",
    is_clock: bool = False,
) -> int:
    """Ask access back, due at the close of the next business day of each account's line; requests fall away. Returns how many changed.

    Set-based: constant queries. What is asked back already keeps its cause and its day. `is_clock`: the grants' own timers ask, and
    settle by themselves.
    """
    keys = [grant.pk for grant in grants]
    rows = list(
        AccessGrant.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=keys, state__in=(GrantState.REQUESTED, GrantState.ACTIVE))
        .select_related("account").order_by("pk")
    )  # fmt: skip
    times = working_times(row.account.line_id for row in rows)
    entries = []
    for row in rows:
        before = snapshot(row)
        row.updated_at, row.revision, row.end_note = at, row.revision + 1, note.strip()[:300]
        row.revoke_cause = cause
        if row.state == GrantState.REQUESTED:
            row.state = GrantState.WITHDRAWN
        else:
            row.state, row.revoke_asked_at = GrantState.REVOKING, at
            # A calendar that is closed for a year asks for it tomorrow.
            row.revoke_due_at = times[row.account.line_id].after_days(at, 1) or at + timedelta(days=1)
        difference = changed(before, snapshot(row))
        entries.append(Entry("access.asked_back", row, difference, row.account.line_id))
    AccessGrant.objects.bulk_update(rows, _SAVED, batch_size=500)
    record_many(entries, by=by, at=at, why=note)
    if not is_clock:
        cancel_timers(EXPIRY, subjects=[str(row.public_id) for row in rows], at=at)
    note_facts({(row.account.line_id, "access") for row in rows}, at=at)
    return len(rows)


@transaction.atomic
def confirm_revoked(grant: AccessGrant, *, by: Actor, at: datetime, note: str = "") -> AccessGrant:
    """Say that the platform's switch was turned: the person can no longer get in.

    :raises NotAllowed: the caller neither gives access there nor owns the account. :raises WrongState: there is no access to end.
    """
    user = actor_user(by)
    row = locked(grant)
    if not may_review(principal_of(user, at), row.account):
        raise NotAllowed()
    _moved(row, GrantState.REVOKED)
    before = snapshot(row)
    row.state, row.revoked_at, row.revoked_by = GrantState.REVOKED, at, user
    row.revoke_cause = row.revoke_cause or RevokeCause.ASKED
    row.end_note = note.strip()[:300] or row.end_note
    _save(row, "access.revoked", before, by=by, at=at, why=note)
    cancel_timers(EXPIRY, subjects=[str(row.public_id)], at=at)
    return row


def _cause(grant: AccessGrant, basis: Basis, at: datetime) -> RevokeCause:
    """Why active access must end now; none while it may go on."""
    if not grant.person.is_active:
        return RevokeCause.LEFT
    if grant.account.state in ENDED_STATES:
        return RevokeCause.ACCOUNT_CLOSED
    if grant.valid_until is not None and grant.valid_until <= at:
        return RevokeCause.ENDED
    return RevokeCause.NO_CERTIFICATE if basis.missing else RevokeCause.NONE


@transaction.atomic
def examine(public_ids: Sequence[str], *, at: datetime) -> dict[str, datetime]:
    """Look at active grants again; ask back what lost its ground. Returns when each of the others is looked at next."""
    found = AccessGrant.objects.filter(public_id__in=public_ids, state=GrantState.ACTIVE)
    rows = list(found.select_related("person", "account").order_by("pk"))
    answers = bases([Wanted(row.person_id, row.account, row.level) for row in rows], at=at)
    by_cause: dict[RevokeCause, list[AccessGrant]] = {}
    again: dict[str, datetime] = {}
    for row, basis in zip(rows, answers, strict=True):
        cause = _cause(row, basis, at)
        if cause:
            by_cause.setdefault(cause, []).append(row)
        else:
            again[str(row.public_id)] = _look(row, basis, at)
    for cause, lost in by_cause.items():
        ask_back(lost, cause=cause, by=Actor.system("clock"), at=at, is_clock=True)
    return again


def person_left(person_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Ask back everything of people who left (see `coe.registries.person_left`)."""
    ask_back(AccessGrant.objects.filter(person__in=person_ids), cause=RevokeCause.LEFT, by=by, at=at)


def role_changed(assignment_ids: list[int], *, by: Actor, at: datetime) -> None:
    """Ask back access of people who no longer work for the account's line: their role there ended and none covers it any more."""
    ended = RoleAssignment.objects.filter(pk__in=assignment_ids, valid_until__lte=at)
    moved = dict[int, set[int]]()
    for user_id, line_id in ended.filter(line__isnull=False).values_list("user_id", "line_id"):
        moved.setdefault(user_id, set()).add(line_id)
    if not moved:
        return
    rows = list(
        AccessGrant.objects.filter(
            Q(state=GrantState.ACTIVE) | Q(state=GrantState.REQUESTED),
            person__in=moved,
            person__is_active=True,
        ).select_related("account")
    )
    above: dict[int, set[int]] = {row.account.line_id: set() for row in rows}
    for line_id, ancestor_id in LineClosure.objects.filter(descendant_id__in=above).values_list(
        "descendant_id", "ancestor_id"
    ):
        above[line_id].add(ancestor_id)
    held: dict[int, set[int | None]] = {user_id: set() for user_id in moved}
    for user_id, line_id in (
        RoleAssignment.objects.current(at).filter(user__in=moved).values_list("user_id", "line_id")
    ):
        held[user_id].add(line_id)
    lost = [
        row for row in rows
        if moved[row.person_id] & above[row.account.line_id]
        and None not in held[row.person_id]
        and not held[row.person_id] & above[row.account.line_id]
    ]  # fmt: skip
    ask_back(lost, cause=RevokeCause.MOVED, by=by, at=at)
