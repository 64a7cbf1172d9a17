"""The page of one account: who it is, who holds it, how it is kept, what happened to it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from coe.enums.accounts import HUB_ACTIONS, TRANSITIONS, AccountAction, MfaState
from coe.enums.roles import Permission
from coe.forms.accounts import CoOwnersForm, JournalForm
from coe.models import ChangeEvent, JournalEntry, SocialAccount
from coe.rules.scope import accounts_in_scope, lines_in_scope, may
from coe.selectors.panels import panels_of
from coe.selectors.told import tell

DANGER = {
    AccountAction.REJECT,
    AccountAction.REPORT_COMPROMISED,
    AccountAction.ARCHIVE,
    AccountAction.SUSPEND,
}


@require_GET
def account_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything the reader may know about one account, and what they may do with it."""
    principal = request.principal
    account = get_object_or_404(
        accounts_in_scope(principal).select_related(
            "platform", "line", "primary_owner", "backup_owner", "emergency_contact", "requested_by"
        ),
        public_id=public_id,
    )
    may_edit = may(principal, Permission.EDIT_ACCOUNT, account.line_id)
    may_approve = may(principal, Permission.APPROVE_ACCOUNT, account.line_id)
    may_comment = may(principal, Permission.COMMENT, account.line_id)
    events = ()
    if may(principal, Permission.VIEW_HISTORY, account.line_id):
        events = ChangeEvent.objects.filter(object_id=account.public_id).order_by("-id")[:10]
    sees_line = principal.sees_all or lines_in_scope(principal).filter(pk=account.line_id).exists()
    journal = (
        JournalEntry.objects.filter(object_id=account.public_id) if sees_line else JournalEntry.objects.none()
    )
    co_owners = [link.line for link in account.co_owners.select_related("line")]
    context = {
        "account": account,
        "sees_line": sees_line,
        "may_edit": may_edit,
        "may_comment": may_comment,
        "journal_form": JournalForm(),
        # The journal is the owning line's own; who shares the account reads the account.
        "journal": journal.select_related("author")[:20],
        "history": tell(
            events,
            (
                account.platform,
                account.line,
                account.primary_owner,
                account.backup_owner,
                account.emergency_contact,
                account.requested_by,
            ),
        ),
        "handles": _handles(account),
        "co_owners": co_owners,
        "co_form": CoOwnersForm(lines=None, chosen=[line.code for line in co_owners]) if may_edit else None,
        "tags": account.tags.all(),
        "actions": _actions(account, may_edit=may_edit, may_approve=may_approve),
        "owners": _owners(account, sees_line=sees_line),
        "flags": _flags(account),
        "warnings": _warnings(account),
        "sections": _sections(account),
        "panels": panels_of("account", account.public_id),
    }
    return render(request, "coe/accounts/detail.html", context)


def _actions(account: SocialAccount, *, may_edit: bool, may_approve: bool) -> list[dict[str, Any]]:
    return [
        {"value": action.value, "label": action.label, "danger": action in DANGER}
        for (state, action) in TRANSITIONS
        if state == account.state and (may_approve if action in HUB_ACTIONS else may_edit)
    ]


def _owners(account: SocialAccount, *, sees_line: bool) -> list[tuple[Any, str, bool, str]]:
    """Person, what they are here, whether they left, and their page, for those who see the owning line and so its people."""
    roles = (
        (account.primary_owner, _("Primary owner")),
        (account.backup_owner, _("Backup owner")),
        (account.emergency_contact, _("Emergency contact")),
    )
    return [
        (
            person,
            note if not person or person.is_active else _("%(role)s, left") % {"role": note},
            bool(person and not person.is_active),
            reverse("person-detail", args=[person.public_id]) if person and sees_line else "",
        )
        for person, note in roles
    ]


def _named(account: SocialAccount) -> set[int]:
    return {p.pk for p in (account.primary_owner, account.backup_owner) if p is not None and p.is_active}


def _flags(account: SocialAccount) -> list[dict[str, str]]:
    flags = []
    owners = len(_named(account))
    if account.state not in ("archived", "rejected") and owners < 2:
        flags.append({"tone": "bad", "word": _("One owner") if owners else _("No owner"), "icon": "user-off"})
    if account.mfa_state == MfaState.OFF:
        flags.append({"tone": "bad", "word": _("Second factor off"), "icon": "shield-off"})
    if account.is_regulated:
        flags.append({"tone": "void", "word": _("Regulated"), "icon": "scale"})
    return flags


def _warnings(account: SocialAccount) -> list[dict[str, str]]:
    if account.state in ("archived", "rejected") or len(_named(account)) >= 2:
        return []
    gone = [
        person
        for person in (account.primary_owner, account.backup_owner)
        if person is not None and not person.is_active
    ]
    text = (
        _("%(who)s has left.") % {"who": ", ".join(str(person) for person in gone)}
        if gone
        else _("Name two people who work here.")
    )
    label = _("This account has one owner.") if _named(account) else _("This account has no owner.")
    url = reverse("account-edit", args=[account.public_id]) + "?" + urlencode({"focus": "owners"}) + "#owners"
    return [{"label": label, "text": text, "url": url, "fix": _("Name an owner")}]


def _handles(account: SocialAccount) -> list[dict[str, Any]]:
    rows = [{"title": account.handle, "text": _("now"), "state": "now"}]
    past = [held for held in account.handle_history.all() if held.until_at is not None]
    return rows + [
        {"title": held.handle, "text": _("until"), "at": held.until_at, "state": "done"} for held in past
    ]


def _rows(account: SocialAccount, *names: str) -> list[dict[str, Any]]:
    rows = []
    for name in names:
        field = SocialAccount._meta.get_field(name)
        value = getattr(account, f"get_{name}_display")() if field.choices else getattr(account, name)
        if isinstance(value, bool):
            value = _("yes") if value else _("no")
        elif isinstance(value, list):
            value = ", ".join(value)
        elif hasattr(value, "hour"):
            value = date_format(timezone.localtime(value), "DATETIME_FORMAT")
        elif hasattr(value, "isoformat"):
            value = date_format(value, "DATE_FORMAT")
        rows.append({"label": str(field.verbose_name).capitalize(), "value": value})
    return rows


def _sections(account: SocialAccount) -> list[dict[str, Any]]:
    return [
        {"key": "business", "title": _("Business"), "items": _rows(
                account, "kind", "tier", "purpose", "audience", "languages", "notes", "opened_on"
            )},
        {
            "key": "custody",
            "title": _("Custody"),
            "items": _rows(
                account, "publish_method", "custody_kind", "vault_reference", "recovery_email", "recovery_kind",
                "mfa_state", "mfa_method", "mfa_verified_on", "app_review_on",
            ),
            "foot": _("Holds a reference, never a secret. A change here re-opens certification."),
        },
        {
            "key": "compliance",
            "title": _("Compliance"),
            "items": _rows(
                account, "allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated", "is_service"
            ),
        },
        {
            "key": "activity",
            "title": _("Activity"),
            "items": _rows(
                account, "last_post_at", "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on"
            ),
        },
    ]  # fmt: skip
