"""Certifies accounts, takes that back, and records what somebody saw on the platform itself."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, NotAllowed, Problem, Stale, WrongState
from coe.models import LineClosure, SocialAccount, User
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from governance.enums.certification import CertificationEnd, CheckKind, CheckOutcome, Question
from governance.models import AccountCertification, AccountCheck
from governance.rules.certification import PreCheck, next_due, owns, pre_checks
from governance.selectors.certification import campaign_of, known_of, running_campaigns

# A look that is older says nothing about today, and one ahead of today says nothing at all.
OLDEST_CHECK_DAYS = 366


class Blocked(WrongState):
    """The register holds what nobody may certify; `extra["pre_checks"]` names each with its code, sentence and fix."""

    code = "not_certifiable"


def _refuse_bad_data(checks: tuple[PreCheck, ...]) -> None:
    wrong = [one for one in checks if one.blocks]
    if wrong:
        raise Blocked(
            _("Put right first what cannot be certified: %(what)s")
            % {"what": " ".join(str(one.sentence) for one in wrong)},
            extra={
                "pre_checks": [
                    {"code": one.code, "message": str(one.sentence), "url": one.url} for one in wrong
                ]
            },
        )


def _answers(given: Mapping[str, Any]) -> dict[str, bool]:
    """Every question answered with yes.

    :raises Invalid: one is unknown, missing, or answered otherwise; nobody certifies what they cannot say yes to.
    """
    problems = [
        Problem(
            f"answers/{name[:40]}",
            "field_unknown",
            _("No such question. Known: %(known)s.") % {"known": ", ".join(Question.values)},
        )
        for name in given
        if name not in Question.values
    ]
    problems += [
        Problem(
            f"answers/{one}",
            "not_confirmed",
            _("Confirm it, or put it right first: %(question)s") % {"question": one.label},
        )
        for one in Question
        if given.get(one) is not True
    ]
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return {one.value: True for one in Question}


def _held(account: SocialAccount, checks: tuple[PreCheck, ...]) -> dict[str, Any]:
    """What the register held, kept with the certification: in a year the account looks different."""
    return {
        "pre_checks": {one.code: "waived" if one.is_waived else "met" for one in checks},
        "primary_owner": str(account.primary_owner),
        "backup_owner": str(account.backup_owner),
        "custody_kind": account.custody_kind,
        "publish_method": account.publish_method,
        "recovery_kind": account.recovery_kind,
        "mfa_state": account.mfa_state,
        "mfa_method": account.mfa_method,
        "retention_class": account.retention_class,
        "tier": account.tier,
    }


@transaction.atomic
def certify_account(
    account: SocialAccount,
    *,
    person: User,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    custody_revision: int | None = None,
    expected_revision: int | None = None,
    note: str = "",
    why: str = "",
) -> AccountCertification:
    """Certify an account: `person` says that what the register holds is true, under the custody that it has now.

    `person` is who certifies; somebody else than `by` (a tool, a line lead) only for an owner of the account. `custody_revision` and
    `expected_revision` are those the certifier read. What stood before is superseded; the next is due in twelve months, six for tier 1.

    :raises Stale: the account was changed since it was read. :raises WrongState: it is not live.
    :raises Blocked: the register holds what cannot be certified. :raises Invalid: a question is not answered with yes.
    :raises NotAllowed: `by` certifies in the name of somebody who does not own the account.
    """
    account = locked(account, expected_revision=expected_revision)
    if custody_revision is not None and custody_revision != account.custody_revision:
        raise Stale(
            _("Custody or owners changed since you read them. Look at the account again, then certify it."),
            extra={"custody_revision": account.custody_revision},
        )
    if not account.is_live:
        raise WrongState(
            _("%(name)s is %(state)s: only live accounts are certified.")
            % {"name": account, "state": account.get_state_display()}
        )
    if by.user_id != person.pk and not owns(person, account):
        raise NotAllowed(
            _("%(person)s does not own this account and cannot be named as the one who certifies it.")
            % {"person": person}
        )
    if not person.is_active:
        raise Invalid.one("by_person", "person_inactive", _("%(name)s is inactive.") % {"name": person})
    given = _answers(answers)
    checks = pre_checks(account, known_of(account, at=at))
    _refuse_bad_data(checks)
    _supersede(account, by=by, at=at)
    lines = LineClosure.objects.filter(descendant_id=account.line_id).values_list("ancestor_id", flat=True)
    done = AccountCertification.objects.create(
        account=account,
        campaign=campaign_of(account, running_campaigns(at), set(lines)),
        custody_revision=account.custody_revision,
        by=person,
        by_name=str(person)[:200],
        at=at,
        answers=given,
        checks=_held(account, checks),
        note=note.strip()[:500],
        next_due_at=next_due(at, account.tier),
        created_at=at,
        updated_at=at,
    )
    _told("account.certified", account, done, by=by, at=at, why=why)
    return done


def _supersede(account: SocialAccount, *, by: Actor, at: datetime) -> None:
    """End what stood, and say whether a change of custody had voided it."""
    for old in AccountCertification.objects.select_for_update(of=("self",)).filter(
        account=account, ended_at__isnull=True
    ):
        is_void = old.custody_revision != account.custody_revision
        old.ended_at, old.ended = at, CertificationEnd.CHANGED if is_void else CertificationEnd.SUPERSEDED
        save_changed(old, fields=["ended_at", "ended"], at=at)


def _told(
    action: str, account: SocialAccount, row: Any, *, by: Actor, at: datetime, why: str, fields: Any = None
) -> None:
    """The history stands with the account, where people look for it; scores of its line follow."""
    after = snapshot(row, fields or ["by_name", "next_due_at", "ended", "note"])
    record(action, account, by=by, at=at, changes=changed({}, after), why=why, line_id=account.line_id)
    note_facts([(account.line_id, "certification")], at=at)


@transaction.atomic
def withdraw_certification(
    certification: AccountCertification,
    *,
    by: Actor,
    at: datetime,
    why: str,
    expected_revision: int | None = None,
) -> AccountCertification:
    """Take a certification back, for a reason: it was given in error. The account is to be certified again.

    :raises Invalid: no reason is given. :raises WrongState: it does not stand any more. :raises Stale: the revision is old.
    """
    why = why.strip()[:500]
    if not why:
        raise Invalid.one("why", "required", _("Say why."))
    row = locked(certification, expected_revision=expected_revision)
    if row.ended_at is not None:
        raise WrongState(_("This certification does not stand any more."))
    row.ended_at, row.ended = at, CertificationEnd.WITHDRAWN
    save_changed(row, fields=["ended_at", "ended"], at=at)
    _told("account.certification_withdrawn", row.account, row, by=by, at=at, why=why)
    return row


@transaction.atomic
def record_check(
    account: SocialAccount,
    *,
    kind: str,
    outcome: str,
    person: User,
    by: Actor,
    at: datetime,
    checked_on: date | None = None,
    note: str = "",
    why: str = "",
) -> AccountCheck:
    """Record that somebody looked at the account on its platform: what, on which day, and what they found. Rows are only added.

    :raises Invalid: an unknown kind or outcome, a day ahead or more than a year ago, or something wrong without a note on it.
    :raises WrongState: the account is archived or rejected.
    """
    day = checked_on or at.date()
    problems = []
    if kind not in CheckKind.values:
        problems.append(
            Problem(
                "kind",
                "choice_unknown",
                _("Choose what was looked at: %(known)s.") % {"known": ", ".join(CheckKind.values)},
            )
        )
    if outcome not in CheckOutcome.values:
        problems.append(
            Problem(
                "outcome",
                "choice_unknown",
                _("Choose what was found: %(known)s.") % {"known": ", ".join(CheckOutcome.values)},
            )
        )
    if not 0 <= (at.date() - day).days <= OLDEST_CHECK_DAYS:
        problems.append(
            Problem("checked_on", "out_of_range", _("Choose today, or a day within the last year."))
        )
    if outcome in (CheckOutcome.WRONG, CheckOutcome.UNREACHABLE) and not note.strip():
        problems.append(Problem("note", "required", _("Say what you found.")))
    if "\x00" in note:
        problems.append(
            Problem("note", "control_character", _("The value holds an invisible control character."))
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    account = locked(account)
    if account.state in ("archived", "rejected"):
        raise WrongState(
            _("%(name)s is %(state)s.") % {"name": account, "state": account.get_state_display()}
        )
    row = AccountCheck.objects.create(
        account=account, kind=kind, outcome=outcome, checked_on=day, checked_by=person, note=note.strip()[:300],
        created_at=at, updated_at=at,
    )  # fmt: skip
    _told("account.checked", account, row, by=by, at=at, why=why, fields=["kind", "outcome", "checked_on", "note"])  # fmt: skip
    return row
