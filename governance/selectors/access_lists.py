"""What leaves the hub about access, what a person can get into, and what must always be true of grants."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.selectors.holdings import Holding
from governance.enums.access import HELD_GRANT_STATES, AccessLevel, GrantBasis, GrantState
from governance.models import AccessGrant
from governance.selectors.access import grants_visible_to

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
COLUMNS = (
    "id", "person", "platform", "account", "line", "level", "state", "why", "requested_by", "requested_at", "granted_by", "granted_at",
    "rested_on", "agreed_end", "confirm_by", "confirmed_at", "revoked_because", "revoke_by", "revoked_at", "revoked_by", "note",
)  # fmt: skip
_READ = (
    "public_id", "person__email", "account__platform__code", "account__handle", "account__line__code", "level", "state", "why",
    "requested_by__email", "requested_at", "granted_by__email", "granted_at", "basis", "valid_until", "review_due_at", "reviewed_at",
    "revoke_cause", "revoke_due_at", "revoked_at", "revoked_by__email", "end_note",
)  # fmt: skip


def grant_rows(found: QuerySet[AccessGrant]) -> Rows:
    """Some grants in their order, with who and why."""
    return COLUMNS, (tuple(row) for row in found.values_list(*_READ).iterator(chunk_size=1000))


def export_grants(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """All grants the caller sees, oldest first; `line` narrows to it and the lines below."""
    found = grants_visible_to(principal)
    if line is not None:
        found = found.filter(account__line__ancestor_links__ancestor=line)
    return grant_rows(found.order_by("requested_at", "id"))


def held_by(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """What people can get into (one query). It ends by the duty to take it back, and is handed to nobody."""
    rows = AccessGrant.objects.filter(person_id__in=person_ids, state__in=HELD_GRANT_STATES)
    for row in rows.select_related("account__platform", "account__line").order_by(
        "account__handle_key", "id"
    ):
        yield Holding(
            kind="access",
            key=str(row.public_id),
            person_id=row.person_id,
            label=f"{row.account.platform.name} · {row.account.handle}: {row.get_level_display()}",
            url=f"/accounts/{row.account.public_id}/access/",
            line=row.account.line,
        )


def _told(rows: QuerySet[AccessGrant]) -> list[str]:
    return [f"access grant {key}" for key in rows.order_by("pk").values_list("public_id", flat=True)]


def groundless() -> list[str]:
    """What rests on a certificate or exception names it, nobody who left is in, and the highest level was given by a second person."""
    bare = Q(basis=GrantBasis.CERTIFICATE, certificate__isnull=True) | Q(
        basis=GrantBasis.EXCEPTION, exception__isnull=True
    )
    gone = Q(state=GrantState.ACTIVE, person__is_active=False)
    alone = Q(level=AccessLevel.ADMIN, granted_by=F("requested_by")) | Q(granted_by=F("person"))
    return _told(AccessGrant.objects.filter(Q(state=GrantState.ACTIVE) & bare | gone | alone))


def unended() -> list[str]:
    """What is asked back has a day, and no active access has outlived its agreed end by more than a few minutes."""
    late = timezone.now() - timedelta(minutes=15)
    dayless = Q(state=GrantState.REVOKING, revoke_due_at__isnull=True)
    return _told(AccessGrant.objects.filter(dayless | Q(state=GrantState.ACTIVE, valid_until__lte=late)))
