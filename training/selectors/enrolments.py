"""Enrolments as others see them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from coe.rules.principals import Principal
from coe.rules.scope import learners_in_scope, scope_filter
from training.models import Enrolment


def enrolments_visible_to(principal: Principal, at: datetime) -> QuerySet[Enrolment]:
    """The caller's own enrolments, and those of people whose training they see, on the caller's lines or on none.

    That somebody works on another line too is nobody's business here.
    """
    condition = scope_filter(principal, "line")
    if condition is None:
        return Enrolment.objects.all()
    theirs = Q(user__in=learners_in_scope(principal, at)) & (condition | Q(line__isnull=True))
    own = Q(user=principal.user) if principal.user is not None else Q(pk__in=[])
    return Enrolment.objects.filter(theirs | own)
