"""Who may give and end which role, and who may manage whom: nobody reaches a permission they do not hold themselves."""

from datetime import datetime

from django.utils.translation import gettext as _

from coe.enums.roles import ROLES, Permission, Role, RoleKind
from coe.errors import NotAllowed
from coe.models import RoleAssignment, User
from coe.rules.principals import Principal
from coe.rules.scope import may


def may_assign(principal: Principal, role: Role, line_id: int | None) -> bool:
    """Line roles: whoever may assign on that line. Roles of the whole company: whoever holds every permission of the role."""
    if ROLES[role].kind == RoleKind.LINE:
        return line_id is not None and may(principal, Permission.ASSIGN_ROLES, line_id)
    own = principal.company_permissions
    return line_id is None and Permission.ASSIGN_ROLES in own and ROLES[role].permissions <= own


def assignable_roles(principal: Principal, line_id: int | None) -> list[Role]:
    """Roles the caller may give on a line, or (None) for the whole company."""
    return [
        role
        for role in Role
        if (ROLES[role].kind == RoleKind.LINE) == (line_id is not None)
        and may_assign(principal, role, line_id)
    ]


def require_assign(principal: Principal, role: Role, line_id: int | None) -> None:
    """Refuse unless the caller may give or end this role there.

    :raises NotAllowed: the caller may not.
    """
    if not may_assign(principal, role, line_id):
        raise NotAllowed()


def may_manage_person(principal: Principal, person: User, at: datetime) -> bool:
    """Whether the caller may edit a person and close their log-in: whoever manages people, but nobody who may more than they do.

    An e-mail address is a way in (a reset link goes there), so who edits a person could become that person.
    """
    own = principal.company_permissions
    if Permission.MANAGE_PEOPLE not in own or (person.is_superuser and Permission.ADMINISTER not in own):
        return False
    held = RoleAssignment.objects.filter(user=person, line=None).current(at).values_list("role", flat=True)
    return all(ROLES[Role(role)].permissions <= own for role in held)


def require_manage_person(principal: Principal, person: User, at: datetime) -> None:
    """Refuse unless the caller may manage this person.

    :raises NotAllowed: the caller may not.
    """
    if not may_manage_person(principal, person, at):
        raise NotAllowed(_("This person may do more than you. Ask an administrator."))
