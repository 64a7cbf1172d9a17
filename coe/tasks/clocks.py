"""The product's clocks: beat wakes the engine every five seconds, and a timer that is due at once sends a hint."""

from celery import shared_task
from django.utils import timezone

from coe.engine.ticking import tick


@shared_task(name="coe.tick")
def tick_timers(**_future: object) -> None:
    """Fire what is due. Twice, late or at the same time is harmless: a timer is claimed once per epoch."""
    tick(at=timezone.now())
