"""Tells audiences of publications, and keeps them in line with the people there are."""

from celery import shared_task
from django.utils import timezone

from governance.services import audience


@shared_task(name="governance.tell_audience")
def tell_audience(*, version_id: int | None = None, **_future: object) -> None:
    """Ask everybody a publication binds; without a version, of every publication a lost call left behind. Twice is harmless."""
    audience.tell_audiences(at=timezone.now(), version_id=version_id)


@shared_task(name="governance.keep_audiences")
def keep_audiences(*, policy_id: int | None = None, **_future: object) -> None:
    """Ask who came in, end what those who dropped out owe. Twice is harmless: the second finds nothing to do."""
    audience.keep_audiences(at=timezone.now(), policy_id=policy_id)


@shared_task(name="governance.tell_campaign")
def tell_campaign(*, campaign_id: int, **_future: object) -> None:
    """Ask the people of a round. Twice is harmless: who has a row is not asked again; the sweep finds a round that a lost call left."""
    audience.tell_campaign(campaign_id=campaign_id, at=timezone.now())
