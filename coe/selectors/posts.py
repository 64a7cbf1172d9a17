"""Who holds a post at an instant: the people a matter goes to."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from coe.enums.roles import ROLES, Permission, Role, RoleKind
from coe.models import LineClosure, RoleAssignment, User


def administrators(*, at: datetime) -> QuerySet[User]:
    """Active people who administer the hub, oldest first."""
    held = RoleAssignment.objects.current(at).filter(role=Role.ADMINISTRATOR)
    people = User.objects.filter(is_active=True)
    return people.filter(Q(pk__in=held.values("user_id")) | Q(is_superuser=True)).order_by("id")


def leads_of_lines(line_ids: Iterable[int], *, at: datetime) -> dict[int, tuple[int, ...]]:
    """Line → the people who lead it (lead or deputy, active): those of the line, else of the nearest line above.

    Two queries, none for no line.
    """
    wanted = set(line_ids)
    if not wanted:
        return {}
    held = RoleAssignment.objects.current(at).filter(
        role__in=(Role.LINE_LEAD, Role.DEPUTY), user__is_active=True
    )
    leads: dict[int | None, set[int]] = {}
    for line_id, user_id in held.values_list("line_id", "user_id"):
        leads.setdefault(line_id, set()).add(user_id)
    above = LineClosure.objects.filter(descendant_id__in=wanted).order_by("descendant_id", "depth")
    found: dict[int, tuple[int, ...]] = {}
    for line_id, ancestor_id in above.values_list("descendant_id", "ancestor_id"):
        if line_id not in found and ancestor_id in leads:
            found[line_id] = tuple(sorted(leads[ancestor_id]))
    return found


def holders_of(permission: Permission, people: Iterable[User], *, at: datetime) -> list[User]:
    """Those of some people who may do a thing for the whole company (one query)."""
    roles = [
        role for role, spec in ROLES.items() if spec.kind != RoleKind.LINE and permission in spec.permissions
    ]
    held = set(
        RoleAssignment.objects.current(at)
        .filter(role__in=roles, line__isnull=True)
        .values_list("user_id", flat=True)
    )
    return [person for person in people if person.pk in held]
