"""The register of accounts as its list page reads it: narrowed by what the reader asked for."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet

from coe.enums.accounts import ENDED_STATES
from coe.models import SocialAccount


def narrow_accounts(
    accounts: QuerySet[SocialAccount], *, criteria: Mapping[str, Any], reader_id: int | None
) -> QuerySet[SocialAccount]:
    """Keep the accounts that meet every criterion; without a state, those that are in the register.

    Criteria: q, line (with the lines below it), platform, state ("any" for all), tier, owner (mine, none, one, gone), mfa, tag.
    """
    state = criteria.get("state")
    if state is None:
        accounts = accounts.exclude(state__in=ENDED_STATES)
    elif state != "any":
        accounts = accounts.filter(state=state)
    if words := str(criteria.get("q", "")).strip():
        key = words.casefold().lstrip("@")
        accounts = accounts.filter(
            Q(handle_key__contains=key) | Q(display_name__icontains=words) | Q(url__icontains=words)
        )
    if line := criteria.get("line"):
        accounts = accounts.filter(line__ancestor_links__ancestor=line)
    for name, lookup in (
        ("platform", "platform"),
        ("tier", "tier"),
        ("mfa", "mfa_state"),
        ("tag", "tags"),
        ("kind", "kind"),
    ):
        if (value := criteria.get(name)) is not None:
            accounts = accounts.filter(**{lookup: value})
    match criteria.get("owner"):
        case "mine":
            accounts = accounts.filter(Q(primary_owner=reader_id) | Q(backup_owner=reader_id))
        case "none":
            accounts = accounts.filter(primary_owner=None, backup_owner=None)
        case "one":
            accounts = accounts.filter(
                Q(primary_owner=None, backup_owner__isnull=False)
                | Q(primary_owner__isnull=False, backup_owner=None)
                | Q(primary_owner__isnull=False, primary_owner=F("backup_owner"))
            )
        case "gone":
            accounts = accounts.filter(Q(primary_owner__is_active=False) | Q(backup_owner__is_active=False))
    return accounts
