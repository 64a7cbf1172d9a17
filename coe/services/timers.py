"""Sets, moves and cancels the product's clocks, for many subjects at once and inside the caller's own transaction.

The engine (`coe.engine`) fires them. A handler must not set its own timer: it returns the next instant instead.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coe.enums.work import TimerState
from coe.errors import WrongState
from coe.models import Timer, uuid7
from coe.models.timers import OPEN
from coe.registries import timer_kinds
from coe.rules.principals import Actor
from coe.services.history import Entry, record_many
from coe.services.later import later

TICK = timedelta(seconds=5)
_ROWS = 500
# Read by SQLite and PostgreSQL alike. A timer that already stands at this instant is left alone, waiting or fired, so that setting the
# clocks of a record again repeats nothing; one that was called off is set again.
_UPSERT = """
    INSERT INTO coe_timer
        (public_id, created_at, updated_at, revision, kind, subject, epoch, due_at, state, attempts, note, last_error)
    VALUES {rows}
    ON CONFLICT (kind, subject) DO UPDATE SET
        epoch = coe_timer.epoch + 1, due_at = excluded.due_at, state = excluded.state, updated_at = excluded.updated_at,
        claim = NULL, lease_until = NULL, attempts = 0, settled_at = NULL, note = '', last_error = ''
    WHERE coe_timer.due_at <> excluded.due_at OR coe_timer.state IN ('cancelled', 'suppressed')
"""
_ROW = "(%s, %s, %s, 1, %s, %s, 1, %s, 'waiting', 0, '', '')"


@transaction.atomic
def set_timers(kind: str, *, due: Mapping[str, datetime], at: datetime) -> int:
    """Set the timer of each subject to an instant, or move it there; returns how many changed. One statement per 500.

    A moved timer gets a new epoch: whoever holds the old one loses it. The instant a timer already has changes nothing, even when
    it has fired. Call it after the rows it belongs to were written, in the same transaction: locks are then always taken in one order.

    :raises ValueError: nobody registered the kind, a subject is empty or longer than 120 characters, or an instant has no zone.
    """
    if kind not in timer_kinds:
        raise ValueError(f"unknown kind of timer: {kind!r}")
    for subject, instant in due.items():
        if not subject or len(subject) > 120:
            raise ValueError(f"{kind}: a subject has 1 to 120 characters, not {len(subject)}")
        if instant.tzinfo is None:
            raise ValueError(f"{kind} {subject}: {instant} has no time zone")
    stamp = connection.ops.adapt_datetimefield_value
    # In one order everywhere, so that two writers of the same timers wait for each other instead of blocking each other.
    subjects = sorted(due)
    changed = 0
    for start in range(0, len(subjects), _ROWS):
        part = subjects[start : start + _ROWS]
        params = []
        for subject in part:
            key = uuid7()
            params += [key if connection.features.has_native_uuid_field else key.hex, stamp(at), stamp(at)]
            params += [kind, subject, stamp(due[subject])]
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT.format(rows=", ".join([_ROW] * len(part))), params)
            changed += cursor.rowcount
    if changed and min(due.values()) <= at + TICK:
        later("coe.tick")
    return changed


@transaction.atomic
def cancel_timers(kind: str, *, subjects: Iterable[str], at: datetime, note: str = "") -> int:
    """Call off what has not fired yet; returns how many. Of one that is being handled just now, the earlier commit stands."""
    wanted = sorted(set(subjects))
    cancelled = 0
    for start in range(0, len(wanted), _ROWS):
        rows = Timer.objects.filter(kind=kind, subject__in=wanted[start : start + _ROWS])
        cancelled += rows.filter(state__in=(*OPEN, TimerState.QUARANTINED)).update(
            state=TimerState.CANCELLED,
            claim=None,
            lease_until=None,
            settled_at=at,
            updated_at=at,
            note=note[:300],
        )
    return cancelled


@transaction.atomic
def release_timers(timers: Iterable[Timer], *, by: Actor, at: datetime, why: str = "") -> int:
    """Let timers out of quarantine: each is due at once, under a new epoch. Returns how many.

    :raises WrongState: one of them is not in quarantine; none is released then.
    """
    pks = [timer.pk for timer in timers]
    rows = list(Timer.objects.select_for_update().filter(pk__in=pks).order_by("id"))
    if odd := [str(row) for row in rows if row.state != TimerState.QUARANTINED]:
        raise WrongState(
            _("Only timers in quarantine can be released; these are not: %(timers)s.")
            % {"timers": ", ".join(odd[:5])}
        )
    Timer.objects.filter(pk__in=pks).update(
        state=TimerState.WAITING,
        epoch=F("epoch") + 1,
        attempts=0,
        settled_at=None,
        last_error="",
        updated_at=at,
    )
    entries = [Entry("timer.released", row, {"state": ("quarantined", "waiting")}) for row in rows]
    record_many(entries, by=by, at=at, why=why)
    later("coe.tick")
    return len(rows)
