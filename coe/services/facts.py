"""Notes that something scores rest on has changed. Rows in the writer's own transaction; see `coe.models.LineFact`."""

from collections.abc import Iterable
from datetime import datetime

from coe.models import LineFact
from coe.services.later import later

FACTS = frozenset(
    {
        "line",
        "roles",
        "accounts",
        "observations",
        "targets",
        "platforms",
        "dictionary",
        "organisation",
        "training",
        "policies",
        "acknowledgements",
        "exceptions",
        "access",
        "certification",
        "discovery",
    }
)


def note_facts(pairs: Iterable[tuple[int | None, str]], *, at: datetime) -> int:
    """Store (line id or None for the programme, fact) once each and wake the consumer; returns how many rows.

    :raises ValueError: for a fact nobody reads; a typo here would leave scores silently stale.
    """
    wanted = sorted(set(pairs), key=lambda pair: (pair[0] or 0, pair[1]))
    unknown = {fact for _line, fact in wanted} - FACTS
    if unknown:
        raise ValueError(f"unknown facts: {', '.join(sorted(unknown))}")
    if not wanted:
        return 0
    LineFact.objects.bulk_create(
        [LineFact(line_id=line_id, fact=fact, at=at) for line_id, fact in wanted], batch_size=1000
    )
    later("metrics.consume_facts")
    return len(wanted)
