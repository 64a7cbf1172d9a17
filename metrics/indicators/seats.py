"""Who sits where: assignments in force at a moment, held by people who are still with the company."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from coe.enums.roles import Role
from coe.models import RoleAssignment
from metrics.indicators.base import Moment


def present(moment: Moment, path: str) -> Q:
    """The condition that a person (reached by `path`) exists and still works here."""
    return Q(**{f"{path}__is_active": True}) & (
        Q(**{f"{path}__left_on__isnull": True}) | Q(**{f"{path}__left_on__gt": moment.on})
    )


def holders(roles: Iterable[Role], moment: Moment) -> QuerySet[RoleAssignment]:
    """Assignments of these roles in force, with people who have left taken out."""
    return (
        RoleAssignment.objects.filter(present(moment, "user"), role__in=list(roles))
        .current(moment.at)
        .order_by()
    )
