"""Choices and the life cycle of a social account, as data. `docs/states.md` is printed from here."""

from collections.abc import Mapping

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class AccountState(TextChoices):
    """Where an account stands in its life."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    ACTIVE = "active", _("Active")
    DORMANT = "dormant", _("Dormant")
    SUSPENDED = "suspended", _("Suspended")
    COMPROMISED = "compromised", _("Compromised")
    CLOSING = "closing", _("Closing")
    ARCHIVED = "archived", _("Archived")
    REJECTED = "rejected", _("Rejected")


# Counted as "active" by the criteria: the account is live on its platform and ours.
LIVE_STATES = (AccountState.ACTIVE, AccountState.DORMANT)
# Out of the register's working lists; their handle is free for another record.
ENDED_STATES = (AccountState.ARCHIVED, AccountState.REJECTED)


class AccountAction(TextChoices):
    """Verbs that move an account from one state to another."""

    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    ACTIVATE = "activate", _("Activate")
    MARK_DORMANT = "mark_dormant", _("Mark dormant")
    SUSPEND = "suspend", _("Suspend")
    REPORT_COMPROMISED = "report_compromised", _("Report as compromised")
    START_CLOSING = "start_closing", _("Start closing")
    ARCHIVE = "archive", _("Archive")
    RESTORE = "restore", _("Restore")


_S, _A = AccountState, AccountAction
TRANSITIONS: Mapping[tuple[AccountState, AccountAction], AccountState] = {
    (_S.REQUESTED, _A.APPROVE): _S.APPROVED,
    (_S.REQUESTED, _A.REJECT): _S.REJECTED,
    (_S.APPROVED, _A.ACTIVATE): _S.ACTIVE,
    (_S.APPROVED, _A.REJECT): _S.REJECTED,
    (_S.ACTIVE, _A.MARK_DORMANT): _S.DORMANT,
    (_S.ACTIVE, _A.SUSPEND): _S.SUSPENDED,
    (_S.ACTIVE, _A.REPORT_COMPROMISED): _S.COMPROMISED,
    (_S.ACTIVE, _A.START_CLOSING): _S.CLOSING,
    (_S.DORMANT, _A.ACTIVATE): _S.ACTIVE,
    (_S.DORMANT, _A.SUSPEND): _S.SUSPENDED,
    (_S.DORMANT, _A.REPORT_COMPROMISED): _S.COMPROMISED,
    (_S.DORMANT, _A.START_CLOSING): _S.CLOSING,
    (_S.SUSPENDED, _A.ACTIVATE): _S.ACTIVE,
    (_S.SUSPENDED, _A.REPORT_COMPROMISED): _S.COMPROMISED,
    (_S.SUSPENDED, _A.START_CLOSING): _S.CLOSING,
    (_S.COMPROMISED, _A.ACTIVATE): _S.ACTIVE,
    (_S.COMPROMISED, _A.SUSPEND): _S.SUSPENDED,
    (_S.COMPROMISED, _A.START_CLOSING): _S.CLOSING,
    (_S.CLOSING, _A.ACTIVATE): _S.ACTIVE,
    (_S.CLOSING, _A.ARCHIVE): _S.ARCHIVED,
    (_S.ARCHIVED, _A.RESTORE): _S.CLOSING,
    (_S.REJECTED, _A.RESTORE): _S.REQUESTED,
}
# Decisions of the hub; everything else is the line's own work.
HUB_ACTIONS = frozenset({_A.APPROVE, _A.REJECT, _A.SUSPEND, _A.RESTORE})


class AccountTier(IntegerChoices):
    """How much is at stake: tier 1 is the company's own voice."""

    TIER_1 = 1, _("Tier 1")
    TIER_2 = 2, _("Tier 2")
    TIER_3 = 3, _("Tier 3")


class AccountKind(TextChoices):
    """What the account is for."""

    CORPORATE = "corporate", _("Corporate")
    BRAND = "brand", _("Brand or product")
    REGIONAL = "regional", _("Regional")
    CAMPAIGN = "campaign", _("Campaign")
    SUPPORT = "support", _("Customer service")
    RECRUITING = "recruiting", _("Recruiting")
    EXECUTIVE = "executive", _("Executive")
    PERSONAL = "personal", _("Named person")


class PublishMethod(TextChoices):
    """How posts leave: through an approved tool, or through shared native log-ins."""

    UNKNOWN = "", _("Not recorded")
    APPROVED_TOOL = "approved_tool", _("Approved tool")
    NATIVE_DELEGATED = "native_delegated", _("Native, delegated roles")
    NATIVE_SHARED = "native_shared", _("Native, shared log-in")
    OTHER_TOOL = "other_tool", _("Tool without approval")


class CustodyKind(TextChoices):
    """Where the credentials are kept. The hub stores the reference, never the secret."""

    UNKNOWN = "", _("Not recorded")
    VAULT = "vault", _("Password vault")
    SSO = "sso", _("Single sign-on")
    TOOL = "tool", _("Publishing tool only")
    PERSONAL = "personal", _("A person")


class RecoveryKind(TextChoices):
    """Whose mailbox or phone recovers the account."""

    UNKNOWN = "", _("Not recorded")
    SHARED_MAILBOX = "shared_mailbox", _("Shared corporate mailbox")
    CORPORATE_PERSON = "corporate_person", _("A person's corporate mailbox")
    PERSONAL = "personal", _("A private mailbox or phone")


class MfaState(TextChoices):
    """Multi-factor authentication as last verified."""

    UNKNOWN = "unknown", _("Not verified")
    ON = "on", _("On")
    OFF = "off", _("Off")


class MfaMethod(TextChoices):
    """How the second factor is given."""

    UNKNOWN = "", _("Not recorded")
    APP = "app", _("Authenticator app")
    KEY = "key", _("Security key")
    SMS = "sms", _("Text message")
    SSO = "sso", _("Single sign-on")


class DormantDecision(TextChoices):
    """What was decided about an account that fell silent."""

    NONE = "", _("No decision")
    KEEP = "keep", _("Keep")
    CLOSE = "close", _("Close")


class PlatformDecision(TextChoices):
    """The hub's decision about a platform."""

    UNDECIDED = "", _("No decision yet")
    APPROVED = "approved", _("Approved")
    RESTRICTED = "restricted", _("Restricted")
    PROHIBITED = "prohibited", _("Prohibited")


# An edit of any of these re-opens certification: the account's custody revision rises.
CUSTODY_FIELDS = frozenset(
    {
        "line",
        "primary_owner",
        "backup_owner",
        "publish_method",
        "custody_kind",
        "vault_reference",
        "recovery_email",
        "recovery_kind",
        "mfa_state",
        "mfa_method",
    }
)
