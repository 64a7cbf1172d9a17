"""Delivery of the outbox, and clearing away what is too old to be of use."""

from celery import shared_task
from django.utils import timezone

from coe.services.outbox import deliver_due
from coe.services.pruning import prune_all


@shared_task(name="coe.deliver_outbox")
def deliver_outbox(**_future: object) -> None:
    """Send what is due. Twice is harmless: a message is leased before it is sent, and a lease is taken once."""
    deliver_due(at=timezone.now())


@shared_task(name="coe.prune")
def prune(**_future: object) -> None:
    """Delete what its retention period ended. Twice is harmless: the second finds nothing."""
    prune_all(at=timezone.now())
