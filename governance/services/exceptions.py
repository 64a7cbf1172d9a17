"""Asks for, decides and ends exceptions: each has a reason, something that protects meanwhile, a person who decides, and an end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, override

from coe.errors import Duplicate, Invalid, NotAllowed, Problem, WrongState
from coe.models import BusinessLine, SocialAccount, User
from coe.rules.principals import Actor, principal_of
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.records import clean_values, locked, required, save_changed
from coe.services.timers import cancel_timers, set_timers
from governance.enums.exceptions import (
    EXCEPTION_TRANSITIONS,
    PENDING_STATES,
    ExceptionAction,
    ExceptionState,
)
from governance.models import Policy, PolicyException
from governance.rules.exceptions import require_decide
from governance.selectors.exceptions import same_subject
from governance.services.exception_checks import (
    check_approver,
    check_criterion,
    check_end,
    check_lengths,
    check_subject,
    refuse,
)
from training.models import Course

# The kind of timer that fires when an exception ends (governance/engine/expiry.py); its subject is the exception's public id.
EXPIRY = "exception.expiry"
TEXTS = ("title", "reason", "compensating_control", "clause", "criterion")
EDITABLE = frozenset({"title", "reason", "compensating_control", "expires_at"})


def note_exceptions(rows: Iterable[PolicyException], *, at: datetime) -> None:
    """Tell scoring whose exceptions changed."""
    note_facts({(row.line_id, "exceptions") for row in rows}, at=at)


def _user(by: Actor, at: datetime) -> User:
    """The person who acts.

    :raises NotAllowed: a token or the hub itself acts; an exception is between people.
    """
    user = User.objects.filter(pk=by.user_id, is_active=True).first() if by.user_id else None
    if user is None:
        raise NotAllowed(_("Exceptions are asked for and decided by people who are logged in."))
    return user


@transaction.atomic
def request_exception(
    *,
    subject: str,
    title: str,
    reason: str,
    compensating_control: str,
    expires_at: datetime,
    by: Actor,
    at: datetime,
    line: BusinessLine | None = None,
    person: User | None = None,
    policy: Policy | None = None,
    clause: str = "",
    criterion: str = "",
    account: SocialAccount | None = None,
    course: Course | None = None,
    approver: User | None = None,
    extends: PolicyException | None = None,
    why: str = "",
) -> PolicyException:
    """Ask for an exception. It holds from its approval to `expires_at`, and until then nothing is excused.

    An exception about an account is the account's line's. Whether the caller may ask for this line or person is the door's to ask.

    :raises Invalid: no reason or compensating control, an end in the past or beyond the longest allowed day (which is named), a subject
        without what it is about, an unknown criterion, an approver who may not decide. :raises NotAllowed: no person asks.
    :raises Duplicate: the same is asked for or excused already. :raises NotFound: `extends` is gone.
    """
    requester = _user(by, at)
    values = {
        "title": title, "reason": reason, "compensating_control": compensating_control, "clause": clause,
        "criterion": criterion,
    }  # fmt: skip
    clean = clean_values(
        PolicyException, values=values | {"expires_at": expires_at}, allowed=(*TEXTS, "expires_at")
    )
    if account is not None:
        line = account.line
    given = {
        "policy": policy, "criterion": clean["criterion"], "account": account, "course": course, "person": person,
        "clause": clean["clause"],
    }  # fmt: skip
    problems = (
        check_lengths(clean) + check_subject(subject, given) + check_end(expires_at, policy=policy, at=at)
    )
    person_id = person.pk if person else None
    problems += check_approver(approver, line=line, requester_id=requester.pk, person_id=person_id, at=at)
    refuse(problems)
    # The row of the one who asks is the lock: the same asked for twice at once is refused the second time.
    locked(requester)
    twins = same_subject(
        line=line, person_id=person_id, policy_id=policy and policy.pk, clause=clean["clause"], criterion=clean["criterion"],
        account_id=account and account.pk, course_id=course and course.pk, subject=subject, at=at,
    )  # fmt: skip
    twin = (twins.exclude(pk=extends.pk) if extends else twins).first()
    if twin is not None:
        message = _("The same is asked for or excused already: “%(title)s”. Extend that one.") % {
            "title": twin.title
        }
        raise Duplicate(
            message,
            problems=(Problem("title", "duplicate", message),),
            extra={"url": twin.get_absolute_url()},
        )
    version = policy.versions.in_force().first() if policy else None
    row = PolicyException(
        subject=subject, line=line, person=person, policy=policy, version=version, account=account, course=course, approver=approver,
        extends=extends, requester=requester, requested_at=at, created_at=at, updated_at=at, **clean,
    )  # fmt: skip
    row.save(force_insert=True)
    record("exception.requested", row, by=by, at=at, changes=changed({}, snapshot(row)), why=why)
    note_exceptions([row], at=at)
    return row


@transaction.atomic
def edit_exception(
    exception: PolicyException, *, changes: Mapping[str, Any], by: Actor, at: datetime, why: str = "",
    expected_revision: int | None = None,
) -> PolicyException:  # fmt: skip
    """Change what was asked for while nobody has decided. Whoever decides has to have read it as it is then.

    :raises WrongState: it is decided. :raises Invalid: as `request_exception`. :raises Stale: `expected_revision` is old.
    """
    row = locked(exception, expected_revision=expected_revision)
    if row.state not in PENDING_STATES:
        raise WrongState(_("This exception is decided; ask for an extension instead."))
    clean = clean_values(PolicyException, values=changes, allowed=EDITABLE)
    before = snapshot(row)
    for name, value in clean.items():
        setattr(row, name, value)
    refuse(check_lengths(clean) + check_end(row.expires_at, policy=row.policy, at=at))
    difference = changed(before, snapshot(row))
    if difference:
        save_changed(row, fields=clean, at=at)
        record("exception.updated", row, by=by, at=at, changes=difference, why=why)
    return row


def _moved(row: PolicyException, action: ExceptionAction) -> ExceptionState:
    """Where an action leads.

    :raises WrongState: it leads nowhere from here.
    """
    target = EXCEPTION_TRANSITIONS.get((ExceptionState(row.state), action))
    if target is None:
        told = {"state": row.get_state_display(), "action": action.label}
        raise WrongState(_("“%(action)s” is not possible: the exception is “%(state)s”.") % told)
    return target


def _save(
    row: PolicyException, name: str, values: Mapping[str, Any], *, by: Actor, at: datetime, why: str
) -> None:
    before = snapshot(row)
    for field, value in values.items():
        setattr(row, field, value)
    save_changed(row, fields=values, at=at)
    record(name, row, by=by, at=at, changes=changed(before, snapshot(row)), why=why)


@transaction.atomic
def take_up(
    exception: PolicyException,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> PolicyException:
    """Begin a review: whoever takes it up is the one named person who decides it.

    :raises NotAllowed: it is the caller's own, or they may not decide exceptions. :raises WrongState: it is not waiting.
    """
    decider = _user(by, at)
    row = locked(exception, expected_revision=expected_revision)
    require_decide(principal_of(decider, at), row)
    # Of one that somebody else has begun, another person may take over: people fall ill.
    state = (
        ExceptionState.IN_REVIEW
        if row.state == ExceptionState.IN_REVIEW
        else _moved(row, ExceptionAction.TAKE_UP)
    )
    _save(row, "exception.taken_up", {"state": state, "approver": decider}, by=by, at=at, why=why)
    return row


def _decided(
    exception: PolicyException, action: ExceptionAction, *, by: Actor, at: datetime, expected_revision: int
) -> tuple[PolicyException, ExceptionState]:
    decider = _user(by, at)
    row = locked(exception)
    # Whose it is comes before how new the read was: nobody learns by trying.
    require_decide(principal_of(decider, at), row)
    row = locked(exception, expected_revision=expected_revision)
    state = _moved(row, action)
    if row.approver_id != decider.pk:
        who = str(row.approver) if row.approver else _("nobody yet")
        raise NotAllowed(_("The person who decides it is %(who)s. Take it up first.") % {"who": who})
    return row, state


@transaction.atomic
def approve_exception(
    exception: PolicyException, *, by: Actor, at: datetime, expected_revision: int, note: str = ""
) -> PolicyException:
    """Let it hold from now until its end. What it extends is closed.

    :raises NotAllowed: the caller asked for it, is excused by it, may not decide exceptions, or is not the one named to.
    :raises Stale: it was changed since the approver read it. :raises WrongState: it is not in review.
    :raises Invalid: its end has passed meanwhile, or lies beyond the longest allowed day, or its criterion is gone.
    """
    row, state = _decided(
        exception, ExceptionAction.APPROVE, by=by, at=at, expected_revision=expected_revision
    )
    refuse(check_end(row.expires_at, policy=row.policy, at=at) + check_criterion(row.criterion))
    version = row.policy.versions.in_force().first() if row.policy else None
    values = {
        "state": state,
        "decided_at": at,
        "starts_at": at,
        "decision_note": note.strip(),
        "version": version,
    }
    _save(row, "exception.approved", values, by=by, at=at, why=note)
    set_timers(EXPIRY, due={str(row.public_id): row.expires_at}, at=at)
    if row.extends is not None and row.extends.state in (ExceptionState.ACTIVE, ExceptionState.EXPIRED):
        _end(locked(row.extends), ExceptionAction.CLOSE, note=_("Extended."), by=by, at=at)
    note_exceptions([row], at=at)
    _tell(row, at=at)
    return row


@transaction.atomic
def reject_exception(
    exception: PolicyException, *, by: Actor, at: datetime, expected_revision: int, note: str
) -> PolicyException:
    """Refuse it, for a reason.

    :raises Invalid: no reason. :raises NotAllowed: as `approve_exception`. :raises Stale: it was changed since it was read.
    :raises WrongState: it is decided already.
    """
    if not note.strip():
        raise required("note")
    row, state = _decided(
        exception, ExceptionAction.REJECT, by=by, at=at, expected_revision=expected_revision
    )
    values = {"state": state, "decided_at": at, "decision_note": note.strip()}
    _save(row, "exception.rejected", values, by=by, at=at, why=note)
    note_exceptions([row], at=at)
    _tell(row, at=at)
    return row


@transaction.atomic
def withdraw_exception(
    exception: PolicyException,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> PolicyException:
    """Take back what nobody has decided yet.

    :raises WrongState: it is decided.
    """
    row = locked(exception, expected_revision=expected_revision)
    values = {
        "state": _moved(row, ExceptionAction.WITHDRAW),
        "ended_at": at,
        "end_note": why.strip(),
        "ended_by_id": by.user_id,
    }
    _save(row, "exception.withdrawn", values, by=by, at=at, why=why)
    note_exceptions([row], at=at)
    return row


def _end(row: PolicyException, action: ExceptionAction, *, note: str, by: Actor, at: datetime) -> None:
    """End or put away one that was approved; what ended before keeps its end."""
    values: dict[str, Any] = {"state": _moved(row, action)}
    if row.ended_at is None:
        values |= {"ended_at": min(at, row.expires_at), "end_note": note.strip(), "ended_by_id": by.user_id}
    names = {ExceptionAction.REVOKE: "exception.revoked", ExceptionAction.CLOSE: "exception.closed"}
    _save(row, names[action], values, by=by, at=at, why=note)
    cancel_timers(EXPIRY, subjects=[str(row.public_id)], at=at)
    note_exceptions([row], at=at)


@transaction.atomic
def revoke_exception(
    exception: PolicyException, *, by: Actor, at: datetime, note: str, expected_revision: int | None = None
) -> PolicyException:
    """End it before its time, for a reason.

    :raises Invalid: no reason. :raises NotAllowed: the caller may not decide exceptions, or it is their own.
    :raises WrongState: it does not hold.
    """
    if not note.strip():
        raise required("note")
    decider = _user(by, at)
    row = locked(exception, expected_revision=expected_revision)
    require_decide(principal_of(decider, at), row)
    _end(row, ExceptionAction.REVOKE, note=note, by=by, at=at)
    _tell(row, at=at)
    return row


@transaction.atomic
def close_exception(
    exception: PolicyException,
    *,
    by: Actor,
    at: datetime,
    note: str = "",
    expected_revision: int | None = None,
) -> PolicyException:
    """Put it away: it is no longer needed, or it has ended and was looked at.

    :raises WrongState: it was never approved, or is closed.
    """
    row = locked(exception, expected_revision=expected_revision)
    _end(row, ExceptionAction.CLOSE, note=note, by=by, at=at)
    return row


@transaction.atomic
def extend_exception(
    exception: PolicyException, *, expires_at: datetime, reason: str, compensating_control: str, by: Actor, at: datetime,
    approver: User | None = None, why: str = "",
) -> PolicyException:  # fmt: skip
    """Ask for a longer one: a new exception that names this one and goes through review like any other. This one ends as it would.

    :raises WrongState: it neither holds nor has expired, or an extension waits already. :raises Invalid: as `request_exception`.
    """
    row = locked(exception)
    if row.state not in (ExceptionState.ACTIVE, ExceptionState.EXPIRED):
        raise WrongState(_("Only an exception that holds or has expired is extended; ask for a new one."))
    if row.extensions.filter(state__in=PENDING_STATES).exists():
        raise WrongState(_("An extension waits for its decision already."))
    if row.state == ExceptionState.ACTIVE and expires_at <= row.expires_at:
        raise Invalid.one("expires_at", "not_longer", _("An extension ends later than what it extends."))
    return request_exception(
        subject=row.subject, title=row.title, reason=reason, compensating_control=compensating_control, expires_at=expires_at,
        line=row.line, person=row.person, policy=row.policy, clause=row.clause, criterion=row.criterion, account=row.account,
        course=row.course, approver=approver, extends=row, by=by, at=at, why=why,
    )  # fmt: skip


@transaction.atomic
def expire_exceptions(public_ids: Iterable[str], *, at: datetime) -> list[PolicyException]:
    """End those whose time has come; a second call finds none. Returns what it ended. Constant queries for a batch."""
    rows = list(
        PolicyException.objects.select_for_update(of=("self",), no_key=True)
        .filter(public_id__in=list(public_ids), state=ExceptionState.ACTIVE, expires_at__lte=at)
        .select_related("requester")
        .order_by("pk")
    )
    entries = []
    for row in rows:
        before = snapshot(row)
        row.state, row.ended_at = ExceptionState.EXPIRED, row.expires_at
        row.updated_at, row.revision = at, row.revision + 1
        entries.append(Entry("exception.expired", row, changed(before, snapshot(row))))
    PolicyException.objects.bulk_update(rows, ["state", "ended_at", "updated_at", "revision"], batch_size=500)
    record_many(entries, by=Actor.system("clock"), at=at)
    note_exceptions(rows, at=at)
    for row in rows:
        _tell(row, at=at)
    return rows


def _tell(row: PolicyException, *, at: datetime) -> None:
    """Tell who asked what became of it, in their language."""
    person = row.requester
    with override(person.language):
        subject = _("“%(title)s”: %(state)s") % {"title": row.title, "state": row.get_state_display()}
        body = (
            row.decision_note
            if row.state in (ExceptionState.ACTIVE, ExceptionState.REJECTED)
            else row.end_note
        )
    key = f"exception:{row.public_id}:{row.state}"
    enqueue_many([Message(key, INBOX, person, "exception", subject, body, row.get_absolute_url())], at=at)
