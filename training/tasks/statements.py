"""Judges waiting statements again, when somebody matched many at once and every hour: people join, courses appear."""

from celery import shared_task
from django.utils import timezone

from coe.rules.principals import Actor
from training.services.matching import judge_parked


@shared_task(name="training.judge_parked")
def judge_parked_statements(**_future: object) -> None:
    """Go through all that wait, a thousand a transaction. Twice is harmless: what counts no longer waits."""
    after = 0
    while True:
        after, _done = judge_parked(by=Actor.system("training"), at=timezone.now(), after=after)
        if not after:
            return
