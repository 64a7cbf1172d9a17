"""The product's clocks (beat wakes the engine every five seconds, a timer that is due at once sends a hint), and what people owe."""

from celery import shared_task
from django.utils import timezone

from coe.engine import mornings
from coe.engine.ticking import tick
from coe.services.duties import count_all_duties


@shared_task(name="coe.tick")
def tick_timers(**_future: object) -> None:
    """Fire what is due. Twice, late or at the same time is harmless: a timer is claimed once per epoch."""
    tick(at=timezone.now())


@shared_task(name="coe.count_duties")
def count_duties(**_future: object) -> None:
    """Bring the counts in everybody's menu up to date. Twice is harmless: the second finds nothing to change."""
    count_all_duties(at=timezone.now())


@shared_task(name="coe.keep_mornings")
def keep_mornings(**_future: object) -> None:
    """Give everybody their morning clock. Twice is harmless: who has one keeps it."""
    mornings.keep_mornings(at=timezone.now())
