"""Who may give and end which role: nobody hands out a permission they do not hold themselves."""

from coe.enums.roles import ROLES, Permission, Role, RoleKind
from coe.errors import NotAllowed
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
