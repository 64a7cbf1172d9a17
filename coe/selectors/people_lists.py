"""The list of people as its page reads it: narrowed by what the reader asked for."""

from typing import Any

from django.db.models import Q, QuerySet

from coe.models import RoleAssignment, User


def narrow_people(
    people: QuerySet[User], *, criteria: dict[str, Any], roles: QuerySet[RoleAssignment]
) -> QuerySet[User]:
    """Keep the people who meet every criterion: q, line (with the lines below it), role, state (here, "left", "any").

    `roles` are the assignments the reader may see; others narrow nothing.
    """
    if criteria.get("state") != "any":
        people = people.filter(is_active=criteria.get("state") != "left")
    if words := criteria.get("q", "").strip():
        people = people.filter(Q(name__icontains=words) | Q(email__icontains=words))
    if line := criteria.get("line"):
        people = people.filter(pk__in=roles.filter(line__ancestor_links__ancestor=line).values("user"))
    if role := criteria.get("role"):
        people = people.filter(pk__in=roles.filter(role=role).values("user"))
    return people
