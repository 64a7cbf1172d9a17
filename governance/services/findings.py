"""Reports accounts that the register does not hold, judges them, and follows what is done about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from coe import handles
from coe.enums.lines import LineStatus
from coe.errors import DomainError, Duplicate, Invalid, Problem, WrongState
from coe.models import BusinessLine, ImportBatch, Platform, SocialAccount, User
from coe.rules.principals import Actor
from coe.services.account_register import registered_like
from coe.services.account_values import handle_of
from coe.services.accounts import create_account
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record, record_many, snapshot
from coe.services.platforms import catalogue
from coe.services.records import clean_values, locked, required, save_changed
from coe.services.secrets import refuse_secrets
from governance.enums.discovery import (
    ACTION_STATES,
    SETTLED_STATES,
    FindingAction,
    FindingKind,
    FindingState,
    SweepState,
)
from governance.models import Finding
from governance.rules.discovery import after_judgement, require_step

_WORDS = ("display_name", "description")
Pair = tuple[int, str]


@dataclass(frozen=True)
class Reported:
    """One account to be reported, as it was read: the platform, the handle by its rules, and what was seen."""

    platform: Platform
    handle: str
    handle_key: str
    url: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pair(self) -> Pair:
        """What makes it one account: platform and normalised handle."""
        return (self.platform.pk, self.handle_key)


def read_finding(
    *,
    url: str = "",
    handle: str = "",
    platform: Platform | None = None,
    known: handles.Catalogue | None = None,
    rules: dict[int, handles.Catalogue] | None = None,
    platforms: Mapping[str, Platform] | None = None,
    **fields: Any,
) -> Reported:
    """Read an address, or a handle with its platform, and check what was seen. `known`, `rules` and `platforms` are caches.

    :raises Invalid: neither is given, or it is no profile of a platform the hub knows. :raises SecretRefused: a value looks like a secret.
    """
    url, handle = url.strip(), handle.strip()
    if not url and not handle:
        raise required("url")
    refuse_secrets({"handle": handle, **fields}, fields=("handle", *_WORDS))
    if platform is None:
        found = handles.parse_url(url or handle, known or catalogue())
        if found is None:
            raise Invalid.one(
                "url",
                "url_not_understood",
                _("The hub does not know this kind of address. Name the platform and give the handle."),
            )
        rows = platforms if platforms is not None else {}
        platform = rows.get(found.platform) or Platform.objects.filter(code=found.platform).first()
        if platform is None:
            raise Invalid.one("platform", "not_found", _("This platform is not in the catalogue."))
    else:
        found = handle_of(platform, handle=handle, url=url, rules=rules)
    allowed = {*_WORDS, "line", "sweep", "found_at", "found_by", "assignee"}
    given = {name: value for name, value in fields.items() if value is not None}
    clean = clean_values(Finding, values=given, allowed=allowed)
    if len(url) > 500:
        raise Invalid.one("url", "too_long", _("An address has at most 500 characters."))
    return Reported(platform, found.handle, found.normalised, url or found.canonical_url, clean)


def registered(pairs: Sequence[Pair]) -> dict[Pair, DomainError]:
    """Of some accounts, those that need no report: they are ours, or have been found already; each with its link."""
    refused: dict[Pair, DomainError] = {
        pair: Duplicate(
            _("This account is ours: %(account)s is in the register.") % {"account": account.handle},
            problems=(Problem("url", "is_ours", _("This account is in the register: %(url)s") % {"url": account.get_absolute_url()}),),
            extra={"url": account.get_absolute_url(), "existing": str(account.public_id)},
        )
        for pair, account in registered_like(pairs).items()
    }  # fmt: skip
    keys = {pair[1] for pair in pairs}
    for finding in Finding.objects.filter(handle_key__in=keys):
        pair = (finding.platform_id, finding.handle_key)
        if pair in set(pairs):
            refused.setdefault(pair, _found_already(finding))
    return refused


def _found_already(finding: Finding) -> Duplicate:
    url = finding.get_absolute_url()
    message = _("This account was found already: %(url)s") % {"url": url}
    return Duplicate(
        message,
        problems=(Problem("url", "duplicate", message),),
        extra={"url": url, "existing": str(finding.public_id)},
    )


def _check_new(values: Mapping[str, Any], at: datetime) -> None:
    line, sweep, found_at = values.get("line"), values.get("sweep"), values.get("found_at")
    if line is not None and line.status == LineStatus.ARCHIVED:
        raise WrongState(_("%(name)s is archived.") % {"name": line})
    if sweep is not None and sweep.state != SweepState.RUNNING:
        raise WrongState(_("%(name)s is over; report the account by itself.") % {"name": sweep})
    if found_at is not None and found_at > at:
        raise Invalid.one("found_at", "in_future", _("An account is not found ahead of its time."))


def store_findings(
    reported: Sequence[Reported], *, by: Actor, at: datetime, batch: ImportBatch | None = None, why: str = ""
) -> list[Finding]:
    """Store accounts that were read and are new, with a fixed number of statements."""
    rows = [
        Finding(
            platform=one.platform, handle=one.handle, handle_key=one.handle_key, url=one.url, batch=batch, created_at=at, updated_at=at,
            **{"found_at": at, **one.fields},
        )
        for one in reported
    ]  # fmt: skip
    rows = Finding.objects.bulk_create(rows, batch_size=500)
    entries = [
        Entry(
            "finding.reported",
            row,
            changed({}, snapshot(row, ["handle", "url", "platform", "line", "found_at"])),
        )
        for row in rows
    ]
    record_many(entries, by=by, at=at, why=why, batch_id=batch and batch.public_id)
    note_effects(batch, effects=[Effect(row, is_create=True) for row in rows])
    note_facts([(row.line_id, "discovery") for row in rows], at=at)
    return rows


@transaction.atomic
def report_finding(*, by: Actor, at: datetime, why: str = "", **values: Any) -> Finding:
    """Report an account that looks as if it were ours and is not in the register. `values` are those of `read_finding`.

    :raises Invalid: it is no profile the hub can read. :raises Duplicate: it is ours, or was found already; `extra["url"]` leads there.
    """
    one = read_finding(**values)
    _check_new(one.fields, at)
    if refused := registered([one.pair]):
        raise refused[one.pair]
    try:
        with transaction.atomic():
            return store_findings([one], by=by, at=at, why=why)[0]
    except IntegrityError:
        # Somebody reported it in the same second.
        raise _found_already(Finding.objects.get(platform=one.platform, handle_key=one.handle_key)) from None


def _save(
    action: str, finding: Finding, before: dict[str, Any], *, by: Actor, at: datetime, why: str
) -> Finding:
    difference = changed(before, snapshot(finding))
    if difference:
        save_changed(finding, fields=difference, at=at)
        record(action, finding, by=by, at=at, changes=difference, why=why)
        note_facts([(finding.line_id, "discovery")], at=at)
    return finding


def _settle(finding: Finding, new: FindingState, at: datetime) -> None:
    finding.state = new
    finding.settled_at = at if new in SETTLED_STATES else None


@transaction.atomic
def judge_finding(
    finding: Finding,
    *,
    kind: str,
    judgement: str,
    person: User | None,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
    **fields: Any,
) -> Finding:
    """Say what a found account is, and why. Protest and parody are left alone at once; the rest waits to be acted on.

    The first judgement stops the clock of triage; a later one changes kind and words. `fields` may name `line` and `assignee`.

    :raises Invalid: no kind or no words, or somebody who left is to handle it. :raises Stale: the revision is old.
    :raises WrongState: it is in the register by now; open it again first.
    """
    finding = locked(finding, expected_revision=expected_revision)
    problems = []
    if kind not in FindingKind.values or kind == FindingKind.UNKNOWN:
        known = ", ".join(one for one in FindingKind.values if one != FindingKind.UNKNOWN)
        problems.append(Problem("kind", "choice_unknown", _("Say what it is: %(known)s.") % {"known": known}))
    if not judgement.strip():
        problems.append(Problem("judgement", "required", _("Say what you saw that makes it so.")))
    assignee = fields.get("assignee")
    if assignee is not None and not assignee.is_active:
        problems.append(
            Problem("assignee", "person_inactive", _("%(name)s is inactive.") % {"name": assignee})
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    if finding.state == FindingState.ADOPTED:
        raise WrongState(_("It is in the register. Open it again before you judge it anew."))
    clean = clean_values(
        Finding, values={"judgement": judgement, **fields}, allowed={"judgement", "line", "assignee"}
    )
    before, line_before = snapshot(finding), finding.line_id
    for name, value in clean.items():
        setattr(finding, name, value)
    finding.kind = kind
    if finding.triaged_at is None:
        finding.triaged_at, finding.triaged_by = at, person
    # A take-down that is under way goes on when only the words change.
    if finding.state != FindingState.TAKEDOWN or kind == FindingKind.PROTEST:
        _settle(finding, after_judgement(FindingKind(kind)), at)
    if finding.state != FindingState.TAKEDOWN:
        finding.takedown_due_at = None
    note_facts([(line_before, "discovery")], at=at)
    return _save("finding.judged", finding, before, by=by, at=at, why=why)


@transaction.atomic
def move_finding(
    finding: Finding,
    *,
    action: str,
    by: Actor,
    at: datetime,
    reference: str = "",
    ask_again_at: datetime | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> Finding:
    """Ask the platform to take a found account down (again), note that it did, close the finding, or open it again.

    :raises Invalid: no such action, a date to ask again that is past, or no reason to close or open again.
    :raises WrongState: kind or state forbid it. :raises Stale: the revision is old.
    """
    if action not in FindingAction.values:
        raise Invalid.one(
            "action", "choice_unknown", _("Known: %(known)s.") % {"known": ", ".join(FindingAction.values)}
        )
    wanted = FindingAction(action)
    finding = locked(finding, expected_revision=expected_revision)
    new = ACTION_STATES[wanted]
    if wanted == FindingAction.REOPEN and finding.kind == FindingKind.PROTEST:
        raise WrongState(_("It was left alone. Judge it anew if it is something else."))
    require_step(finding, new)
    if wanted in (FindingAction.CLOSE, FindingAction.REOPEN) and not why.strip():
        raise Invalid.one("why", "required", _("Say why."))
    before = snapshot(finding)
    if wanted == FindingAction.TAKE_DOWN:
        if ask_again_at is not None and ask_again_at <= at:
            raise Invalid.one("ask_again_at", "in_past", _("Choose a day ahead."))
        clean = clean_values(
            Finding,
            values={"takedown_reference": reference or finding.takedown_reference},
            allowed={"takedown_reference"},
        )
        finding.takedown_reference = clean["takedown_reference"]
        finding.takedown_asked_at, finding.takedown_due_at = at, ask_again_at
    else:
        finding.takedown_due_at = None
    _settle(finding, new, at)
    verb = {
        "take_down": "takedown_asked",
        "taken_down": "taken_down",
        "close": "closed",
        "reopen": "reopened",
    }[action]
    return _save(f"finding.{verb}", finding, before, by=by, at=at, why=why)


@transaction.atomic
def adopt_finding(
    finding: Finding,
    *,
    by: Actor,
    at: datetime,
    line: BusinessLine | None = None,
    account: SocialAccount | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> Finding:
    """Take a found account into the register: as a requested account of a line, or by naming the account it turned out to be.

    :raises Invalid: neither line nor account is given, or the account is of another platform.
    :raises WrongState: kind or state forbid it. :raises Duplicate: the register holds the handle by now; name that account.
    """
    finding = locked(finding, expected_revision=expected_revision)
    require_step(finding, FindingState.ADOPTED)
    before = snapshot(finding)
    if account is None:
        line = line or finding.line
        if line is None:
            raise Invalid.one("line", "required", _("Choose the line that takes it, or name the account."))
        account = create_account(
            line=line,
            platform=finding.platform,
            handle=finding.handle,
            display_name=finding.display_name,
            by=by,
            at=at,
            why=why or _("Found by discovery: %(url)s") % {"url": finding.get_absolute_url()},
        )
    elif account.platform_id != finding.platform_id:
        raise Invalid.one(
            "account", "other_platform", _("The account is on another platform than what was found.")
        )
    finding.account, finding.line = account, account.line
    _settle(finding, FindingState.ADOPTED, at)
    return _save("finding.adopted", finding, before, by=by, at=at, why=why)
