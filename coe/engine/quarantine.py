"""Where a timer goes that cannot be handled, so that the others go on; administrators are told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _, override

from coe.enums.work import TimerState
from coe.models import Timer
from coe.registries import timer_kinds
from coe.selectors.posts import administrators
from coe.services.outbox import INBOX, Message, enqueue_many

# A newer worker may know the kind already while this one is still being replaced.
PATIENCE = timedelta(hours=1)


@transaction.atomic
def quarantine(pks: Iterable[int], *, claim: UUID | None, error: str, at: datetime) -> int:
    """Lock timers away with the error and tell every administrator once; returns how many. One no longer in this claim is left alone."""
    rows = list(Timer.objects.select_for_update().filter(pk__in=list(pks), claim=claim).order_by("id"))
    Timer.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=TimerState.QUARANTINED, claim=None, lease_until=None, settled_at=at, updated_at=at,
        last_error=error[:4000],
    )  # fmt: skip
    if not rows:
        return 0
    people = list(administrators(at=at))
    messages = []
    for person in people:
        with override(person.language):
            messages += [
                Message(
                    key=f"timer.quarantined:{row.pk}:{row.epoch}:{person.pk}",
                    channel=INBOX,
                    recipient=person,
                    kind="timer.quarantined",
                    subject=_("A clock stopped: %(timer)s") % {"timer": row},
                    body=_("It failed and waits in quarantine; the others go on. Error: %(error)s")
                    % {"error": error[:500]},
                    url=reverse("admin:coe_timer_change", args=[row.pk]),
                )
                for row in rows
            ]
    enqueue_many(messages, at=at)
    return len(rows)


def quarantine_unknown(*, at: datetime) -> int:
    """Lock away timers of kinds that no code knows, an hour after they were due; returns how many (one query when there are none)."""
    late = Timer.objects.due(at).filter(due_at__lte=at - PATIENCE)
    found = list(late.exclude(kind__in=list(timer_kinds)).order_by("due_at", "id")[:100])
    return sum(
        quarantine(
            [row.pk], claim=row.claim, error=f"No code of this version knows the kind {row.kind!r}.", at=at
        )
        for row in found
    )
