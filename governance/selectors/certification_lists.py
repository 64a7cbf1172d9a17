"""The queue of certifications as its page, its export and the search read it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from coe.enums.roles import Permission
from coe.models import BusinessLine, SocialAccount
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, allowed_lines
from governance.enums.certification import VALID_STANDINGS, Standing
from governance.selectors.certification import latest_checks, reopened, with_standing

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
COLUMNS = (
    "platform", "handle", "line", "tier", "standing", "certified_at", "certified_by", "next_due_at", "primary_owner", "backup_owner",
)  # fmt: skip
_CHUNK = 2000


def narrow(
    accounts: QuerySet[SocialAccount], *, criteria: Mapping[str, Any], reader_id: int | None, at: datetime
) -> QuerySet[SocialAccount]:
    """Live accounts with their standing that meet every criterion; without a standing, those to certify.

    Criteria: q, line (with the lines below it), platform, tier, standing ("any" for all), owner ("mine").
    """
    rows = with_standing(accounts.live(), at=at)  # type: ignore[attr-defined]  # our queryset words
    wanted = criteria.get("standing")
    if wanted is None:
        rows = rows.exclude(standing=Standing.STANDS)
    elif wanted != "any":
        rows = rows.filter(standing=wanted)
    if words := str(criteria.get("q", "")).strip():
        rows = rows.filter(
            Q(handle_key__contains=words.casefold().lstrip("@")) | Q(display_name__icontains=words)
        )
    if line := criteria.get("line"):
        rows = rows.filter(line__ancestor_links__ancestor=line)
    for name in ("platform", "tier"):
        if (value := criteria.get(name)) is not None:
            rows = rows.filter(**{name: value})
    if criteria.get("owner") == "mine":
        rows = rows.filter(Q(primary_owner=reader_id) | Q(backup_owner=reader_id))
    return rows


def told_rows(page: list[SocialAccount]) -> list[SocialAccount]:
    """Give each account of a page what re-opened it and when somebody last looked at it (two queries)."""
    void = reopened({row.public_id: row.certified_at for row in page if row.standing == Standing.REOPENED})  # type: ignore[attr-defined]  # annotated
    looks = latest_checks([row.pk for row in page])
    for row in page:
        row.change = void.get(row.public_id)  # type: ignore[attr-defined]  # for the template
        row.looks = looks.get(row.pk, {})  # type: ignore[attr-defined]  # for the template
    return page


def certification_rows(accounts: QuerySet[SocialAccount]) -> Rows:
    """Narrowed accounts as a table."""
    found = accounts.values_list(
        "platform__code", "handle", "line__code", "tier", "standing", "certified_at", "certified_by", "certified_due",
        "primary_owner__email", "backup_owner__email",
    )  # fmt: skip
    return COLUMNS, found.iterator(chunk_size=_CHUNK)


def export_certifications(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Live accounts of the lines the caller may export, each with how its certification stands."""
    criteria = {"standing": "any", **({"line": line} if line is not None else {})}
    found = narrow(
        accounts_in_scope(principal).filter(line__in=allowed_lines(principal, Permission.EXPORT)),
        criteria=criteria,
        reader_id=None,
        at=timezone.now(),
    )
    return certification_rows(found.order_by("handle_key", "id"))


def counts(accounts: QuerySet[SocialAccount], *, at: datetime) -> dict[str, int]:
    """How many live accounts there are, and how many of them are certified (one query)."""
    valid = Count("pk", filter=Q(standing__in=VALID_STANDINGS))
    return with_standing(accounts.live(), at=at).order_by().aggregate(total=Count("pk"), valid=valid)  # type: ignore[attr-defined]  # our queryset words
