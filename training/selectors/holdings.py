"""What people hold of training: the sessions they will teach."""

from collections.abc import Collection, Iterator
from datetime import datetime

from coe.selectors.holdings import Holding
from training.models import Session


def sessions_taught(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Sessions to come that they teach."""
    rows = Session.objects.filter(trainer__in=person_ids, cancelled_at__isnull=True, ends_at__gt=at)
    for row in rows.select_related("course", "line").order_by("starts_at", "id"):
        label = f"{row.course.code} · {row.starts_at:%Y-%m-%d}"
        url = f"/training/sessions/{row.public_id}/"
        yield Holding("session", str(row.public_id), row.trainer_id, label, url, row.line)
