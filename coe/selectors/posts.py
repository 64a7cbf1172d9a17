"""Who holds a post at an instant: the people a matter goes to."""

from datetime import datetime

from django.db.models import Q, QuerySet

from coe.enums.roles import Role
from coe.models import RoleAssignment, User


def administrators(*, at: datetime) -> QuerySet[User]:
    """Active people who administer the hub, oldest first."""
    held = RoleAssignment.objects.current(at).filter(role=Role.ADMINISTRATOR)
    people = User.objects.filter(is_active=True)
    return people.filter(Q(pk__in=held.values("user_id")) | Q(is_superuser=True)).order_by("id")
