"""Takes due timers away from every other worker: the one place that knows how databases keep claimers apart."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from coe.engine.kinds import Due
from coe.enums.work import TimerState
from coe.models import Timer
from coe.models.timers import LEASE
from coe.registries import timer_kinds


@dataclass(frozen=True)
class Claimed:
    """A timer in the hands of one claim."""

    pk: int
    due: Due
    attempts: int


@dataclass(frozen=True)
class Claim:
    """Timers that belong to nobody else until their lease ends. `token` is what every later write must still find in the row."""

    token: uuid.UUID
    timers: tuple[Claimed, ...]

    def by_kind(self) -> dict[str, list[Claimed]]:
        """The timers of each kind, earliest first."""
        found: dict[str, list[Claimed]] = {}
        for one in self.timers:
            found.setdefault(one.due.kind, []).append(one)
        return found


def claim_due(*, at: datetime, limit: int) -> Claim | None:
    """Lease the earliest due timers of known kinds and commit; None when there are none.

    The lease is committed before any handler runs, so that a timer that kills its worker is known by its attempts. Such a suspect is
    claimed alone: what was claimed beside it goes on. PostgreSQL: `SELECT … FOR UPDATE SKIP LOCKED`. SQLite knows no row locks and
    Django leaves the words out; there the transaction begins IMMEDIATE, and the conditional update takes each timer once.
    """
    known = Timer.objects.due(at).filter(kind__in=list(timer_kinds))
    token = uuid.uuid4()
    with transaction.atomic():
        rows = list(known.select_for_update(skip_locked=True).order_by("due_at", "id")[:limit])
        if not rows:
            return None
        taken = rows[:1] if rows[0].attempts else [row for row in rows if not row.attempts]
        Timer.objects.due(at).filter(pk__in=[row.pk for row in taken]).update(
            state=TimerState.CLAIMED, claim=token, lease_until=at + LEASE, attempts=taken[0].attempts + 1
        )
        mine = set(Timer.objects.filter(claim=token).values_list("pk", flat=True))
    return Claim(
        token,
        tuple(
            Claimed(row.pk, Due(row.kind, row.subject, row.epoch, row.due_at), row.attempts + 1)
            for row in taken
            if row.pk in mine
        ),
    )
