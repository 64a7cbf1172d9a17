"""Findings as a file, and as the search finds them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.selectors.search import SearchHit
from governance.models import Finding
from governance.selectors.discovery import findings_visible_to

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
# What the import reads stands first, so that what was exported comes back as all unchanged.
COLUMNS = (
    "platform", "handle", "url", "display_name", "line", "description", "found_at", "kind", "state", "judged_at", "judgement",
    "takedown_reference", "takedown_asked_at", "settled_at",
)  # fmt: skip


def finding_rows(findings: QuerySet[Finding]) -> Rows:
    """Findings as a table."""
    found = findings.values_list(
        "platform__code", "handle", "url", "display_name", "line__code", "description", "found_at", "kind", "state", "triaged_at",
        "judgement", "takedown_reference", "takedown_asked_at", "settled_at",
    )  # fmt: skip
    return COLUMNS, found.iterator(chunk_size=2000)


def export_findings(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Findings the caller sees, oldest first; `line` narrows to it and the lines below."""
    found = findings_visible_to(principal)
    if line is not None:
        found = found.filter(line__ancestor_links__ancestor=line)
    return finding_rows(found.order_by("found_at", "id"))


def search_findings(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Findings the caller sees, by handle and name."""
    found = Q()
    for word in words.split()[:8]:
        key = word.casefold().lstrip("@")
        found &= Q(handle_key__contains=key) | Q(display_name__icontains=word)
    rows = (
        findings_visible_to(principal).filter(found).select_related("platform").order_by("-found_at", "-id")
    )
    return [
        SearchHit("findings", str(row), row.get_absolute_url(), f"{row.platform.name} · {row.get_kind_display()}")
        for row in rows[:limit]
    ]  # fmt: skip
