"""Imports as a caller sees them, and the rows they refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from coe.enums.roles import Permission
from coe.enums.work import BatchState
from coe.models import ImportBatch
from coe.rules.principals import Principal


def batches_visible_to(principal: Principal) -> QuerySet[ImportBatch]:
    """Everybody's imports for those who see or import for the whole company; one's own for the others, tokens too."""
    if principal.sees_all or Permission.IMPORT in principal.company_permissions:
        return ImportBatch.objects.all()
    if principal.token is not None:
        own = {"line_id": principal.token.line_id, "principal__token": principal.token.pk}
        return ImportBatch.objects.filter(**own)
    if principal.user is None:
        return ImportBatch.objects.none()
    return ImportBatch.objects.filter(by=principal.user)


def reject_rows(batch: ImportBatch) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Columns and rows of the rejects file: the reason beside the row as it was read (an import keeps at most 10,000)."""
    problems = list(batch.problems.order_by("row", "id"))
    columns = tuple(dict.fromkeys(name for problem in problems for name in problem.raw))
    rows = (
        (one.row, one.field, one.code, one.message, *(one.raw.get(name, "") for name in columns))
        for one in problems
    )
    return ("row", "field", "code", "message", *columns), rows


def unfinished_imports(*, at: datetime) -> list[ImportBatch]:
    """Imports that a lost wake-up call or a crashed worker left behind, oldest first; those tried too often are among them."""
    waiting = Q(state=BatchState.UPLOADED, updated_at__lte=at - timedelta(seconds=20))
    begun = Q(state__in=[BatchState.VALIDATING, BatchState.APPLYING], lease_until__lte=at)
    asked = Q(state=BatchState.READY, summary__wants_apply=True, updated_at__lte=at - timedelta(seconds=20))
    return list(ImportBatch.objects.filter(waiting | begun | asked).order_by("id")[:20])
