"""Gives policies, decisions, findings and sweeps of a leaver to a successor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.models import User
from coe.rules.principals import Actor
from coe.selectors.holdings import Holding
from coe.services.history import Entry, record_many
from governance.models import DiscoverySweep, Finding, Policy, PolicyException

# Kind of holding → the records, the column that names the person, and what the history calls it.
_KINDS: dict[str, tuple[Any, str, str]] = {
    "policy": (Policy, "owner", "policy.handed_over"),
    "exception": (PolicyException, "approver", "exception.handed_over"),
    "finding": (Finding, "assignee", "finding.handed_over"),
    "sweep": (DiscoverySweep, "led_by", "sweep.handed_over"),
}


@transaction.atomic
def pass_on(held: Sequence[Holding], *, successor: User, by: Actor, at: datetime, why: str) -> None:
    """Name a successor on every record of one kind; a number of statements that does not depend on how many.

    :raises Invalid: the successor would decide an exception they asked for.
    """
    model, field, action = _KINDS[held[0].kind]
    rows = list(
        model.objects.select_for_update(of=("self",))
        .filter(public_id__in=[row.key for row in held])
        .order_by("pk")
    )
    entries = []
    for row in rows:
        if model is PolicyException and row.requester_id == successor.pk:
            raise Invalid.one(
                f"successors/exception:{row.public_id}",
                "same_person",
                _("%(name)s asked for this exception and cannot decide it.") % {"name": successor},
            )
        entries.append(Entry(action, row, {field: [getattr(row, f"{field}_id"), successor.pk]}))
        setattr(row, field, successor)
        row.revision, row.updated_at = row.revision + 1, at
    model.objects.bulk_update(rows, [field, "revision", "updated_at"], batch_size=500)
    record_many(entries, by=by, at=at, why=why)
