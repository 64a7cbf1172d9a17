"""Imports as a caller sees them, and the rows they refused."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

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


def narrow_imports(batches: QuerySet[ImportBatch], *, criteria: dict[str, Any]) -> QuerySet[ImportBatch]:
    """Keep the imports that meet every criterion: q (part of the file name), kind, state, by, since and until (days, both included)."""
    if words := criteria.get("q", "").strip():
        batches = batches.filter(file_name__icontains=words)
    for name in ("kind", "state", "by"):
        if value := criteria.get(name):
            batches = batches.filter(**{name: value})
    if since := criteria.get("since"):
        batches = batches.filter(created_at__gte=_midnight(since))
    if until := criteria.get("until"):
        batches = batches.filter(created_at__lt=_midnight(until + timedelta(days=1)))
    return batches


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)))


def reasons_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """Why rows were skipped or rejected: each reason with its number of rows and an example, the most frequent first (one query)."""
    found = (
        batch.problems.values("is_reject", "code", "field")
        .annotate(count=Count("row", distinct=True), example=Min("message"), first=Min("row"))
        .order_by("-is_reject", "-count", "code", "field")
    )
    return list(found[:50])


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
