"""One tick of the product's clocks: claim what is due, fire it, settle it, again until nothing is due.

The handler's effects, the messages it enqueues, the next timer and the settling are one transaction, so a worker that is killed
anywhere leaves either all of it or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction

from coe.engine.claims import Claimed, claim_due
from coe.engine.kinds import TimerKind
from coe.engine.quarantine import quarantine, quarantine_unknown
from coe.enums.work import TimerState
from coe.models import Timer
from coe.registries import timer_kinds
from coe.services.later import later
from coe.services.timers import set_timers

BATCH = 500
ROUNDS = 40
# Claims of one epoch that never came to an end; the next one would be taken to kill its worker, too.
MOST_ATTEMPTS = 5
# A database that is away, or chose this transaction to end a deadlock: no fault of the timer, and the lease brings it back.
_TRANSIENT = (OperationalError, InterfaceError)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ticked:
    """What a tick did: how many timers fired, were suppressed by their pre-check, and went into quarantine."""

    fired: int = 0
    suppressed: int = 0
    quarantined: int = 0

    def __add__(self, other: "Ticked") -> "Ticked":
        return Ticked(
            self.fired + other.fired,
            self.suppressed + other.suppressed,
            self.quarantined + other.quarantined,
        )


class _Moved(Exception):
    """Somebody set, cancelled or claimed a timer while its handler ran."""


def tick(*, at: datetime, batch: int = BATCH, rounds: int = ROUNDS) -> Ticked:
    """Fire everything that is due, at most `rounds` × `batch` timers; a rest asks for another tick. Nothing due costs one query.

    Any number of ticks may run at once, late or twice: a timer is claimed once per epoch. It fires at or after its instant, never
    before, whatever the clock does in between.
    """
    total = Ticked()
    if not Timer.objects.due(at).exists():
        return total
    for _round in range(rounds):
        claim = claim_due(at=at, limit=batch)
        if claim is None:
            break
        for kind, timers in claim.by_kind().items():
            total += _fire(kind, timers, token=claim.token, at=at)
    else:
        later("coe.tick")
    return total + Ticked(quarantined=quarantine_unknown(at=at))


def _fire(name: str, timers: Sequence[Claimed], *, token: UUID, at: datetime) -> Ticked:
    """The batch in one transaction; when that fails, timer by timer."""
    kind: TimerKind = timer_kinds[name]
    if timers[0].attempts > MOST_ATTEMPTS:
        error = f"Claimed {MOST_ATTEMPTS} times without an end: the worker was stopped, or the database was away, each time."
        return _lock_away(timers, error=error, token=token, at=at)
    try:
        with transaction.atomic():
            return _settle(kind, timers, token=token, at=at)
    except _TRANSIENT as error:
        log.warning("timers_postponed", kind=name, count=len(timers), error=str(error))
        return Ticked()
    except Exception as error:
        log.info("timers_replayed", kind=name, count=len(timers), error=repr(error))
    try:
        with transaction.atomic():
            return _replay(kind, timers, token=token, at=at)
    except _TRANSIENT as error:
        log.warning("timers_postponed", kind=name, count=len(timers), error=str(error))
        return Ticked()


def _settle(kind: TimerKind, timers: Sequence[Claimed], *, token: UUID, at: datetime) -> Ticked:
    """Ask the pre-check, run the handler, settle the rows. The rows are locked last, in the order every service keeps.

    :raises _Moved: a row is no longer this claim's; the transaction must not commit.
    """
    mine = Timer.objects.filter(claim=token, state=TimerState.CLAIMED)
    dues = [one.due for one in timers]
    pks = {one.due.subject: one.pk for one in timers}
    reasons = dict(kind.check(dues, at=at)) if kind.check else {}
    live = [due for due in dues if due.subject not in reasons]
    following = dict(kind.handle(live, at=at) or {}) if live else {}
    stuck = [due.subject for due in live if due.subject in following and following[due.subject] <= due.due_at]
    if stuck or following.keys() - {due.subject for due in live}:
        raise ValueError(f"next instants must be later, and of this batch: {stuck or sorted(following)[:5]}")
    settled = {"claim": None, "lease_until": None, "settled_at": at, "updated_at": at, "last_error": ""}
    count = mine.filter(pk__in=[pks[due.subject] for due in live]).update(
        state=TimerState.DONE, note="", **settled
    )
    for reason in sorted(set(reasons.values())):
        silenced = [pks[due.subject] for due in dues if reasons.get(due.subject) == reason]
        count += mine.filter(pk__in=silenced).update(
            state=TimerState.SUPPRESSED, note=reason[:300], **settled
        )
    if count != len(timers):
        raise _Moved
    if following:
        set_timers(dues[0].kind, due=following, at=at)
    return Ticked(fired=len(live), suppressed=len(timers) - len(live))


def _replay(kind: TimerKind, timers: Sequence[Claimed], *, token: UUID, at: datetime) -> Ticked:
    """Each timer in a savepoint of its own; one that fails goes into quarantine, one that was moved away is nobody's business here."""
    total = Ticked()
    for one in timers:
        if not Timer.objects.filter(pk=one.pk, claim=token).exists():
            continue
        try:
            with transaction.atomic():
                total += _settle(kind, [one], token=token, at=at)
        except _TRANSIENT:
            raise
        except _Moved:
            # Still ours after the rollback: no other than the handler itself moved it.
            error = "The handler set or cancelled its own timer; it must return the next instant instead."
            total += _lock_away([one], error=error, token=token, at=at)
        except Exception as error:
            log.error("timer_failed", kind=one.due.kind, subject=one.due.subject, exc_info=True)
            total += _lock_away([one], error=f"{type(error).__name__}: {error}", token=token, at=at)
    return total


def _lock_away(timers: Sequence[Claimed], *, error: str, token: UUID, at: datetime) -> Ticked:
    return Ticked(quarantined=quarantine([one.pk for one in timers], claim=token, error=error, at=at))
