"""How the product's clocks are doing, in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from coe.enums.work import TimerState
from coe.models import Timer
from coe.models.timers import OPEN

# Twelve ticks: nobody waits that long unless no worker runs or more is due than the workers can take.
LATE = timedelta(minutes=1)


@dataclass(frozen=True)
class ClockHealth:
    """Timers that are due and not settled, since when the oldest waits (seconds), and timers in quarantine."""

    due: int
    oldest_seconds: float
    quarantined: int

    @property
    def word(self) -> str:
        """`stopped` when a timer is in quarantine, `late` when one waits for more than a minute, else `ok`."""
        if self.quarantined:
            return "stopped"
        return "late" if self.oldest_seconds > LATE.total_seconds() else "ok"


def clock_health(*, at: datetime) -> ClockHealth:
    """The state of the clocks at an instant."""
    open_ones = Q(state__in=OPEN, due_at__lte=at)
    found = Timer.objects.filter(open_ones | Q(state=TimerState.QUARANTINED)).aggregate(
        due=Count("pk", filter=open_ones),
        oldest=Min("due_at", filter=open_ones),
        quarantined=Count("pk", filter=Q(state=TimerState.QUARANTINED)),
    )
    oldest = found["oldest"]
    return ClockHealth(found["due"], (at - oldest).total_seconds() if oldest else 0.0, found["quarantined"])
