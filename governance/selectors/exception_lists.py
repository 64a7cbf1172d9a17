"""What leaves the hub about exceptions, what the search box finds, and what must always be true of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.selectors.search import SearchHit
from governance.enums.exceptions import PENDING_STATES, ExceptionState
from governance.models import PolicyException
from governance.selectors.exceptions import exceptions_visible_to

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
COLUMNS = (
    "id", "title", "subject", "line", "person", "policy", "clause", "criterion", "platform", "account", "course", "reason",
    "compensating_control", "state", "requester", "requested_at", "approver", "decided_at", "decision_note", "starts_at", "expires_at",
    "ended_at", "end_note", "extends",
)  # fmt: skip
_READ = (
    "public_id", "title", "subject", "line__code", "person__email", "policy__code", "clause", "criterion",
    "account__platform__code", "account__handle", "course__code", "reason", "compensating_control", "state", "requester__email",
    "requested_at", "approver__email", "decided_at", "decision_note", "starts_at", "expires_at", "ended_at", "end_note",
    "extends__public_id",
)  # fmt: skip


def exception_rows(found: QuerySet[PolicyException]) -> Rows:
    """Some exceptions in their order, with who and why."""
    return COLUMNS, (tuple(row) for row in found.values_list(*_READ).iterator(chunk_size=1000))


def export_exceptions(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """All exceptions the caller sees, oldest first; `line` narrows to it and the lines below."""
    found = exceptions_visible_to(principal)
    if line is not None:
        found = found.filter(line__ancestor_links__ancestor=line)
    return exception_rows(found.order_by("requested_at", "id"))


def search_exceptions(principal: Principal, words: str, limit: int) -> list[SearchHit]:
    """Exceptions the caller sees, by title and by the criterion or policy they are from; those that hold or wait first."""
    wanted = Q()
    for word in words.split()[:8]:
        wanted &= Q(title__icontains=word) | Q(criterion__iexact=word) | Q(policy__code__icontains=word)
    found = exceptions_visible_to(principal).filter(wanted)
    open_first = found.order_by(F("ended_at").desc(nulls_first=True), "-requested_at", "-id")[:limit]
    return [
        SearchHit("exceptions", row.title, row.get_absolute_url(), str(row.get_state_display()))
        for row in open_first
    ]


def overdue_exceptions() -> list[str]:
    """No exception is called active once it has ended, and one that ended has its instant; its timer is late by minutes at most."""
    late = timezone.now() - timedelta(minutes=15)
    loose = Q(state=ExceptionState.ACTIVE, expires_at__lte=late) | Q(
        state=ExceptionState.ACTIVE, ended_at__isnull=False
    )
    ended = Q(
        state__in=(ExceptionState.EXPIRED, ExceptionState.REVOKED, ExceptionState.CLOSED),
        ended_at__isnull=True,
    )
    pending = Q(state__in=PENDING_STATES, starts_at__isnull=False)
    rows = PolicyException.objects.filter(loose | ended | pending).order_by("pk")
    return [f"exception {key}" for key in rows.values_list("public_id", flat=True)]


def own_decisions() -> list[str]:
    """Nobody has decided about their own."""
    own = Q(approver=F("requester")) | Q(approver=F("person"))
    rows = PolicyException.objects.filter(own).order_by("pk")
    return [f"exception {key}" for key in rows.values_list("public_id", flat=True)]
