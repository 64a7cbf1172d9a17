"""Who may do what to a policy and its versions."""

from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.rules.principals import Principal
from governance.models import Policy


def writes_policies(principal: Principal) -> bool:
    """Whether the caller writes policies: drafts and archived ones are theirs to see."""
    return Permission.MANAGE_POLICIES in principal.company_permissions


def may_renew(principal: Principal, policy: Policy) -> bool:
    """Whether the caller may say that a policy needs no change: who writes policies, and its owner."""
    owns = principal.user is not None and policy.owner_id == principal.user.pk
    return owns or writes_policies(principal)


def require_renewal(principal: Principal, policy: Policy) -> None:
    """Refuse unless the caller may renew the policy.

    :raises NotAllowed: the caller neither owns it nor writes policies.
    """
    if not may_renew(principal, policy):
        raise NotAllowed()
