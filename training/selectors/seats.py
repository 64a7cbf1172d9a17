"""Seats as others see them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from coe.enums.roles import Permission
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, learners_in_scope
from training.models import Seat


def seats_visible_to(principal: Principal, at: datetime) -> QuerySet[Seat]:
    """The caller's own seats, those of people whose training they see, and all of sessions that they run."""
    if principal.sees_all:
        return Seat.objects.all()
    run = allowed_lines(principal, Permission.RECORD_TRAINING).values("pk")
    mine = Q(user__in=learners_in_scope(principal, at)) | Q(session__line__in=run)
    if principal.user is not None:
        mine |= Q(session__trainer=principal.user)
    return Seat.objects.filter(mine)
