"""Accounts that may be certified: what every test of custody builds on."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from coe.rules.principals import Actor, actor_of
from coe.services.organisation import organisation
from governance.enums.certification import CheckKind, Question
from governance.models import AccountCheck
from tests.factories import AT, AccountFactory, LineFactory, PlatformFactory, UserFactory

BY = Actor.system("test")
YES = {one.value: True for one in Question}
# All that the pre-checks ask of an account's own row.
SOUND = {
    "purpose": "News", "audience": "Everybody", "languages": ["en"], "custody_kind": "vault", "vault_reference": "vault/1",
    "publish_method": "approved_tool", "recovery_email": "social@mail.example.com", "recovery_kind": "shared_mailbox", "mfa_state": "on",
    "comment_policy_url": "https://example.com/comments", "retention_class": "R7", "archive_method": "export",
}  # fmt: skip


def company(**fields: Any) -> None:
    """The organisation with its mail domain."""
    row = organisation()
    row.corporate_domains = ["example.com"]
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def sound(line: Any = None, *, at: dt.datetime = AT, handle: str = "acme", **fields: Any) -> Any:
    """A live account that nothing speaks against, with both owners and two fresh looks."""
    line = line or LineFactory(code="EU")
    owners = {
        name: fields.pop(name, None) or UserFactory(name=f"{name} {handle}")
        for name in ("primary_owner", "backup_owner")
    }
    values = SOUND | {"platform": PlatformFactory(code="twitter")} | owners | fields
    account = AccountFactory(line=line, handle=handle, state_since=at, **values)
    for kind in CheckKind:
        AccountCheck.objects.create(
            account=account,
            kind=kind,
            outcome="right",
            checked_on=at.date(),
            checked_by=account.primary_owner,
        )
    return account


def world(at: dt.datetime = AT) -> SimpleNamespace:
    """A company with one sound account of line EU."""
    company()
    account = sound(at=at)
    return SimpleNamespace(
        account=account,
        line=account.line,
        owner=account.primary_owner,
        backup=account.backup_owner,
        by=actor_of(account.primary_owner),
    )
