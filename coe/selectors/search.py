"""Search over everything in the reader's scope. Upper apps hang their kinds into the registry."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from coe import handles
from coe.enums.lines import LineStatus
from coe.registries import search_kinds
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope, people_in_scope

LONGEST = 200


@dataclass(frozen=True)
class SearchHit:
    """One thing that was found."""

    kind: str
    title: str
    url: str
    detail: str = ""
    state: str = ""


@dataclass(frozen=True)
class SearchGroup:
    """Hits of one kind; `has_more` when there are more than are shown."""

    kind: str
    hits: tuple[SearchHit, ...]
    has_more: bool


def _all(words: str, *names: str) -> Q:
    """Each word in at least one of the fields."""
    found = Q()
    for word in words.split()[:8]:
        any_of = Q()
        for name in names:
            any_of |= Q(**{f"{name}__icontains": word})
        found &= any_of
    return found


def search_lines(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Lines by code and name, active ones first."""
    found = (
        lines_in_scope(principal).filter(_all(words, "code", "name")).order_by("status", "code_key")[:limit]
    )
    return [
        SearchHit(
            "lines",
            line.name,
            line.get_absolute_url(),
            line.code,
            "" if line.status == LineStatus.ACTIVE else line.status,
        )
        for line in found
    ]


def search_accounts(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Accounts by handle, name and address; a pasted address finds the account it leads to."""
    condition = _all(words.lstrip("@"), "handle", "handle_key", "display_name", "url", "platform__name")
    parsed = handles.parse_url(words, handles.default_catalogue()) if " " not in words.strip() else None
    if parsed:
        condition |= Q(platform__code=parsed.platform, handle_key=parsed.normalised)
    found = (
        accounts_in_scope(principal)
        .filter(condition)
        .select_related("platform", "line")
        .order_by("handle_key", "pk")[:limit]
    )
    return [
        SearchHit(
            "accounts",
            str(one),
            one.get_absolute_url(),
            f"{one.platform.name} · {one.handle} · {one.line.name}",
            one.state,
        )
        for one in found
    ]


def search_people(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """People by name, e-mail address and title."""
    found = (
        people_in_scope(principal)
        .filter(_all(words, "name", "email", "job_title"))
        .order_by("-is_active", "name")[:limit]
    )
    return [
        SearchHit(
            "people",
            str(one),
            f"/people/{one.public_id}/",
            one.job_title or one.email,
            "" if one.is_active else "inactive",
        )
        for one in found
    ]


def search_all(principal: Principal, words: str, limit: int = 20) -> list[SearchGroup]:
    """Search every kind; kinds without hits are left out. One query a kind, whatever is found."""
    words = " ".join(words.split())[:LONGEST]
    if not words:
        return []
    groups = []
    for kind, ask in search_kinds.items():
        hits: list[Any] = ask(principal, words, limit + 1)
        if hits:
            groups.append(SearchGroup(kind, tuple(hits[:limit]), len(hits) > limit))
    return groups


__all__ = ["SearchGroup", "SearchHit", "search_accounts", "search_all", "search_lines", "search_people"]
