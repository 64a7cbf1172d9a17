"""What must be true of an account before anybody may certify it, who may, and how long a certification holds. Pure: no query, no clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy as _

from coe.enums.accounts import (
    AccountTier,
    CustodyKind,
    MfaState,
    PlatformDecision,
    PublishMethod,
    RecoveryKind,
)
from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.models import SocialAccount, User
from coe.rules.principals import Principal
from coe.rules.scope import may
from governance.enums.certification import CheckKind, CheckOutcome, Standing
from training.rules.validity import add_months

# How old a look at the platform itself may be when somebody certifies.
CHECK_DAYS = 90
# How long before its end a certification is asked for again.
AHEAD = timedelta(days=30)
# Time to certify an account that went live, and one whose custody or owners changed.
FIRST_TIME = timedelta(days=90)
AFTER_CHANGE = timedelta(days=14)
MONTHS = 12
MONTHS_TIER_1 = 6


@dataclass(frozen=True)
class Known:
    """What the register knows about an account beside its own row.

    `domains`: the company's mail domains. `checks`: the latest look of each kind as (outcome, day). `waived`: codes of pre-checks that an
    exception in force lets pass.
    """

    domains: Collection[str]
    today: date
    checks: Mapping[str, tuple[str, date]] = field(default_factory=dict)
    waived: Collection[str] = ()


@dataclass(frozen=True)
class PreCheck:
    """One thing that must hold: a stable code, what is asked for or wrong, whether it holds, and where it is put right."""

    code: str
    sentence: str | Promise
    is_met: bool
    url: str
    is_waived: bool = False

    @property
    def blocks(self) -> bool:
        """Whether nobody may certify because of it."""
        return not self.is_met and not self.is_waived


def is_corporate(address: str, domains: Collection[str]) -> bool:
    """Whether a mailbox lies on one of the company's domains or below one."""
    host = address.rpartition("@")[2].casefold()
    return bool(host) and any(host == one or host.endswith(f".{one}") for one in domains)


def pre_checks(account: SocialAccount, known: Known) -> tuple[PreCheck, ...]:
    """Everything that must hold before an account is certified, in the order of its edit page.

    The account's owners and platform must be loaded.
    """
    found = (
        _owners(account),
        _purpose(account),
        _custody(account),
        _recovery(account, known),
        *_second_factor(account),
        *_comments(account),
        _retention(account),
        PreCheck(
            "platform",
            format_lazy(
                _("The hub has not prohibited {platform}. Otherwise the account is to be closed."),
                platform=account.platform.name,
            ),
            account.platform.decision != PlatformDecision.PROHIBITED,
            f"{account.get_absolute_url()}#state",
        ),
        *(_looked(account, kind, known) for kind in CheckKind),
    )
    return tuple(
        PreCheck(one.code, one.sentence, one.is_met, one.url, is_waived=True)
        if one.code in known.waived and not one.is_met
        else one
        for one in found
    )


def _edit(account: SocialAccount, name: str) -> str:
    return f"{reverse('account-edit', args=[account.public_id])}#id_{name}"


def _first_missing(account: SocialAccount, names: tuple[str, ...]) -> str:
    return next((name for name in names if not getattr(account, name)), names[0])


def _owners(account: SocialAccount) -> PreCheck:
    here = [
        person is not None and person.is_active for person in (account.primary_owner, account.backup_owner)
    ]
    is_met = all(here) and account.primary_owner_id != account.backup_owner_id
    missing = "backup_owner" if here[0] else "primary_owner"
    return PreCheck(
        "owners", _("A primary and a backup owner are named, and both work here."), is_met, _edit(account, missing)
    )  # fmt: skip


def _purpose(account: SocialAccount) -> PreCheck:
    names = ("purpose", "audience", "languages")
    return PreCheck(
        "purpose",
        _("Purpose, audience and languages are written down."),
        all(getattr(account, name) for name in names),
        _edit(account, _first_missing(account, names)),
    )


def _custody(account: SocialAccount) -> PreCheck:
    sentence = _(
        "It is recorded where the log-in is kept and how posts leave: in a vault (with its reference), by single sign-on or in an "
        "approved tool, never with a person."
    )
    if account.custody_kind in (CustodyKind.UNKNOWN, CustodyKind.PERSONAL):
        wrong = "custody_kind"
    elif account.custody_kind == CustodyKind.VAULT and not account.vault_reference:
        wrong = "vault_reference"
    elif account.publish_method in (PublishMethod.UNKNOWN, PublishMethod.OTHER_TOOL):
        wrong = "publish_method"
    else:
        wrong = ""
    return PreCheck("custody", sentence, not wrong, _edit(account, wrong or "custody_kind"))


def _recovery(account: SocialAccount, known: Known) -> PreCheck:
    if not known.domains:
        return PreCheck(
            "recovery",
            _("The company's mail domains are known to the hub; an administrator enters them."),
            False,
            reverse("organisation"),
        )
    is_shared = account.recovery_kind == RecoveryKind.SHARED_MAILBOX
    is_ours = is_corporate(account.recovery_email, known.domains)
    return PreCheck(
        "recovery",
        format_lazy(
            _("It is recovered through a shared mailbox of the company ({domains})."),
            domains=", ".join(sorted(known.domains)),
        ),
        is_shared and is_ours,
        _edit(account, "recovery_kind" if not is_shared else "recovery_email"),
    )


def _second_factor(account: SocialAccount) -> tuple[PreCheck, ...]:
    if not account.platform.is_mfa_capable:
        return ()
    sentence = format_lazy(
        _(
            "The second factor is on, as {platform} offers one; or an exception for the account with the clause “MFA” is in force."
        ),
        platform=account.platform.name,
    )
    return (PreCheck("mfa", sentence, account.mfa_state == MfaState.ON, _edit(account, "mfa_state")),)


def _comments(account: SocialAccount) -> tuple[PreCheck, ...]:
    if not account.allows_comments or not account.platform.allows_comments:
        return ()
    sentence = _("The account takes comments, and says by which policy.")
    return (
        PreCheck(
            "comments", sentence, bool(account.comment_policy_url), _edit(account, "comment_policy_url")
        ),
    )


def _retention(account: SocialAccount) -> PreCheck:
    names = ("retention_class", "archive_method")
    return PreCheck(
        "retention",
        _("What is kept of it, and how, is recorded: retention class and archive method."),
        all(getattr(account, name) for name in names),
        _edit(account, _first_missing(account, names)),
    )


_LOOKS = {
    CheckKind.HANDLE: _("Somebody looked at handle and address on the platform within {days} days."),
    CheckKind.STATUS: _("Somebody saw within {days} days that it is live and ours."),
}


def _looked(account: SocialAccount, kind: CheckKind, known: Known) -> PreCheck:
    outcome, day = known.checks.get(kind, ("", None))
    is_met = (
        outcome == CheckOutcome.RIGHT and day is not None and day >= known.today - timedelta(days=CHECK_DAYS)
    )
    url = f"{reverse('account-certification', args=[account.public_id])}#check"
    return PreCheck(f"{kind}_check", format_lazy(_LOOKS[kind], days=CHECK_DAYS), is_met, url)


def next_due(at: datetime, tier: int) -> datetime:
    """When an account that is certified now is certified next: a year on, half a year for tier 1. Months are counted in UTC."""
    months = MONTHS_TIER_1 if tier == AccountTier.TIER_1 else MONTHS
    return add_months(at.astimezone(UTC), months)


def standing_at(
    *, custody_revision: int, certified_revision: int | None, next_due_at: datetime | None, at: datetime
) -> Standing:
    """How a certification stands. It is void from the change of custody or owners, and from the instant it is due."""
    if certified_revision is None or next_due_at is None:
        return Standing.NEVER
    if certified_revision != custody_revision:
        return Standing.REOPENED
    if next_due_at <= at:
        return Standing.OVERDUE
    return Standing.SOON if next_due_at <= at + AHEAD else Standing.STANDS


def responsible(account: SocialAccount) -> User | None:
    """Who is asked to certify: the primary owner, the backup owner while the primary is not there. Owners must be loaded."""
    for person in (account.primary_owner, account.backup_owner):
        if person is not None and person.is_active:
            return person
    return None


def owns(person: User | None, account: SocialAccount) -> bool:
    """Whether somebody is primary or backup owner."""
    return person is not None and person.pk in (account.primary_owner_id, account.backup_owner_id)


def may_certify(principal: Principal, account: SocialAccount) -> bool:
    """An owner of the account, or whoever holds the right on its line."""
    return owns(principal.user, account) or may(principal, Permission.CERTIFY_ACCOUNT, account.line_id)


def require_certify(principal: Principal, account: SocialAccount) -> None:
    """Refuse whoever may not certify an account.

    :raises NotAllowed: neither an owner nor somebody with the right.
    """
    if not may_certify(principal, account):
        raise NotAllowed(gettext("An owner of the account certifies it, or whoever leads its line."))


def require_campaigns(principal: Principal, line_id: int | None) -> None:
    """Refuse whoever may not run campaigns on a line and below it, or (None) in the whole company.

    :raises NotAllowed: they do not lead it.
    """
    if not may(principal, Permission.EDIT_LINE, line_id):
        raise NotAllowed(gettext("Campaigns are run by whoever leads the line, and by the hub."))
