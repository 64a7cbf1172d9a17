"""Clearing away what is too old to be of use. The change history stays."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from coe.enums.work import BatchState, OutboxState, TimerState
from coe.models import IdempotencyRecord, ImportBatch, OutboxMessage, Timer

KEPT_KEYS = timedelta(hours=24)
KEPT_MESSAGES = timedelta(days=90)
KEPT_FILES = timedelta(days=30)
# A timer that is set again at an instant it fired at must still be known to have fired.
KEPT_TIMERS = timedelta(days=400)
_DONE = (
    BatchState.APPLIED,
    BatchState.UNDONE,
    BatchState.MATCHING,
    BatchState.REFUSED,
    BatchState.FAILED,
    BatchState.DISCARDED,
    BatchState.READY,
)


def prune_all(*, at: datetime) -> dict[str, int]:
    """Delete expired idempotency keys, settled messages and timers, and the stored files of old imports; returns how many of each."""
    keys, _each = IdempotencyRecord.objects.filter(created_at__lte=at - KEPT_KEYS).delete()
    settled = (OutboxState.SENT, OutboxState.SUPPRESSED, OutboxState.FAILED, OutboxState.UNCERTAIN)
    messages, _each = OutboxMessage.objects.filter(
        state__in=settled, updated_at__lte=at - KEPT_MESSAGES
    ).delete()
    over = (TimerState.DONE, TimerState.SUPPRESSED, TimerState.CANCELLED)
    timers, _each = Timer.objects.filter(state__in=over, settled_at__lte=at - KEPT_TIMERS).delete()
    folder = Path(settings.MEDIA_ROOT) / "imports"
    files = 0
    old = ImportBatch.objects.filter(state__in=_DONE, updated_at__lte=at - KEPT_FILES).exclude(stored_path="")
    for batch in old.only("id", "public_id", "stored_path")[:500]:
        # A file that was read in place belongs to whoever put it there.
        if Path(batch.stored_path).is_relative_to(folder):
            shutil.rmtree(folder / str(batch.public_id), ignore_errors=True)
            files += 1
    old.update(stored_path="")
    return {"keys": keys, "messages": messages, "timers": timers, "files": files}
