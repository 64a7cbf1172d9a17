"""Who may give and end which role: nobody hands out a permission they do not hold themselves."""

from coe.enums.roles import FUNCTION_ROLES, LINE_ROLES, ROLES, Permission, Role
from coe.errors import NotAllowed
from coe.rules.principals import Principal
from coe.rules.scope import may


def roles_to_give(principal: Principal) -> tuple[Role, ...]:
    """Roles the caller may give somewhere: line roles with the right on a line, company roles only up to its own rights."""
    if not principal.holds_anywhere(Permission.ASSIGN_ROLES):
        return ()
    own = principal.company_permissions
    if Permission.ASSIGN_ROLES not in own:
        return LINE_ROLES
    return tuple(
        role
        for role in Role
        if role in LINE_ROLES or role in FUNCTION_ROLES or ROLES[role].permissions <= own
    )


def may_give(principal: Principal, *, role: Role, line_id: int | None) -> bool:
    """Whether the caller may give or end this role on this line (None: for the whole company)."""
    return role in roles_to_give(principal) and may(principal, Permission.ASSIGN_ROLES, line_id)


def require_giving(principal: Principal, *, role: Role, line_id: int | None) -> None:
    """Refuse unless `may_give`.

    :raises NotAllowed: the caller lacks the role, or the role holds more than the caller does.
    """
    if not may_give(principal, role=role, line_id=line_id):
        raise NotAllowed()
