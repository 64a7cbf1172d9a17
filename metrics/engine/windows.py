"""The clock of windows: at the minute a briefing turns a year old, or a certificate has been missed for too long, scores are told."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from metrics.services.windows import next_crossing, note_crossings


def crossed(batch: Sequence[Due], *, at: datetime) -> dict[str, datetime]:
    """Tell the lines of those who crossed a window, and go on to its next crossing."""
    following = {}
    for due in batch:
        note_crossings(due.subject, since=due.due_at, at=at)
        instant = next_crossing(due.subject, at=at)
        if instant is not None:
            following[due.subject] = instant
    return following


LEARNING_WINDOWS = TimerKind(_("A window of training closes"), crossed)
