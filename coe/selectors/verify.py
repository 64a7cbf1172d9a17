"""Is this account ours? The answer for anybody in the company who meets an address in the wild."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from coe import handles
from coe.enums.accounts import ENDED_STATES, AccountState
from coe.models import HandleRecord, Platform, SocialAccount
from coe.registries import known_outside


class Verdict(StrEnum):
    """What the register says about an address."""

    OURS = "ours"
    CO_OWNED = "co_owned"
    NOT_LIVE = "not_live"
    FORMER = "former"
    IMPOSTOR = "impostor"
    NOT_OURS = "not_ours"
    LEGACY = "legacy"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Verified:
    """The answer: the account it is or was, since when, and what was understood of the address."""

    verdict: Verdict
    platform: str = ""
    handle: str = ""
    account: SocialAccount | None = None
    until: datetime | None = None


def _catalogue() -> handles.Catalogue:
    rows = list(Platform.objects.order_by("id"))
    entries = []
    for row in rows:
        data = dict(row.handle_rules[0]) if row.handle_rules else {}
        data |= {"code": row.code, "name": row.name, "aliases": row.aliases, "hosts": row.hosts}
        data |= {"canonical": row.url_template, "case_sensitive": row.is_case_sensitive}
        entries.append(handles.Platform.from_data(data))
    return handles.Catalogue(entries) if entries else handles.default_catalogue()


def _outside(platform: str, key: str) -> Verdict:
    """What the floors above know of an account that the register does not hold."""
    for ask in known_outside.values():
        told = ask([(platform, key)]).get((platform, key))
        if told is not None:
            return Verdict(told)
    return Verdict.UNKNOWN


def verify_url(url: str, at: datetime) -> Verified:
    """Look an address (or `@user@host`) up: ours, shared between lines, not live at the moment, once ours, or unknown.

    A handle that one of our accounts had and another registered account has now is answered as the account that has it now.
    The register says which accounts are the company's own to everybody who may log in; it tells no more than name and line.
    """
    catalogue = _catalogue()
    found = handles.parse_url(url, catalogue)
    if found is None:
        return Verified(Verdict.UNREADABLE)
    name = catalogue.by_code[found.platform].name
    key = Q(platform__code=found.platform, handle_key=found.normalised)
    if found.account_id:
        key |= Q(platform__code=found.platform, platform_account_id=found.account_id)
    accounts = list(
        SocialAccount.objects.filter(key)
        .select_related("platform", "line")
        .prefetch_related("co_owner_lines")
        .order_by("id")
    )
    accounts.sort(key=lambda account: account.state in ENDED_STATES)
    if accounts:
        account = accounts[0]
        if account.state == AccountState.REJECTED:
            return Verified(_outside(found.platform, found.normalised), name, found.handle)
        if not account.is_live:
            return Verified(Verdict.NOT_LIVE, name, found.handle, account, account.state_since)
        is_shared = bool(account.co_owner_lines.all())
        return Verified(Verdict.CO_OWNED if is_shared else Verdict.OURS, name, found.handle, account)
    outside = _outside(found.platform, found.normalised)
    if outside != Verdict.UNKNOWN:
        return Verified(outside, name, found.handle)
    past = (
        HandleRecord.objects.filter(platform__code=found.platform, handle_key=found.normalised)
        .select_related("account__platform", "account__line")
        .order_by("-until_at", "-id")
        .first()
    )
    if past is not None:
        return Verified(Verdict.FORMER, name, found.handle, past.account, past.until_at)
    return Verified(Verdict.UNKNOWN, name, found.handle)
