"""What people hold of governance: policies, exceptions to decide, findings, sweeps."""

from collections.abc import Collection, Iterator
from datetime import datetime

from coe.selectors.holdings import Holding
from governance.enums.discovery import SETTLED_STATES, SweepState
from governance.enums.exceptions import PENDING_STATES
from governance.models import DiscoverySweep, Finding, Policy, PolicyException


def policies_owned(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Policies they answer for."""
    for row in Policy.objects.filter(owner__in=person_ids, archived_at__isnull=True).order_by("id"):
        yield Holding("policy", str(row.public_id), row.owner_id, str(row), row.get_absolute_url())


def exceptions_to_decide(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Exceptions that wait for their decision."""
    rows = PolicyException.objects.filter(approver__in=person_ids, state__in=PENDING_STATES)
    for row in rows.select_related("line").order_by("id"):
        yield Holding(
            "exception", str(row.public_id), row.approver_id, row.title, row.get_absolute_url(), row.line
        )


def findings_handled(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Open findings they handle."""
    rows = Finding.objects.filter(assignee__in=person_ids).exclude(state__in=SETTLED_STATES)
    for row in rows.select_related("line").order_by("id"):
        yield Holding(
            "finding", str(row.public_id), row.assignee_id, str(row), row.get_absolute_url(), row.line
        )


def sweeps_led(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Sweeps they lead that run."""
    rows = DiscoverySweep.objects.filter(led_by__in=person_ids, state=SweepState.RUNNING)
    for row in rows.select_related("line").order_by("id"):
        yield Holding("sweep", str(row.public_id), row.led_by_id, str(row), row.get_absolute_url(), row.line)
