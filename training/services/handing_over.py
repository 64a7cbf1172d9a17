"""Gives the sessions of a leaver to another trainer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from coe.models import User
from coe.rules.principals import Actor
from coe.selectors.holdings import Holding
from training.models import Session
from training.services.sessions import edit_session


@transaction.atomic
def hand_over_sessions(
    held: Sequence[Holding], *, successor: User, by: Actor, at: datetime, why: str
) -> None:
    """Name another trainer for each session; seats and dates stay."""
    for session in Session.objects.filter(public_id__in=[row.key for row in held]).order_by("pk"):
        edit_session(session, changes={"trainer": successor}, by=by, at=at, why=why)
