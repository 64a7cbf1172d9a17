"""Who may ask for an exception, who may decide it, and how long one may last."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.models import BusinessLine, User
from coe.rules.principals import Principal
from coe.rules.scope import may
from governance.enums.exceptions import LONGEST_DAYS
from governance.models import Policy, PolicyException


def longest_until(policy: Policy | None, at: datetime) -> datetime:
    """The last instant an exception that starts now may reach: what its policy allows, and a year and a day at most."""
    days = LONGEST_DAYS if policy is None else min(policy.exception_days, LONGEST_DAYS)
    return at + timedelta(days=days)


def may_request(principal: Principal, *, line: BusinessLine | None, person: User | None) -> bool:
    """For oneself everybody may ask; for a line or somebody else whoever holds the right there."""
    is_own = person is not None and principal.user is not None and person.pk == principal.user.pk
    return is_own or may(principal, Permission.REQUEST_EXCEPTION, line.pk if line else None)


def require_request(principal: Principal, *, line: BusinessLine | None, person: User | None) -> None:
    """Refuse unless the caller may ask for this.

    :raises NotAllowed: they may not. A token asks for nothing: an exception has a person who answers for it.
    """
    if principal.user is None or not may_request(principal, line=line, person=person):
        raise NotAllowed()


def is_party(user_id: int | None, exception: PolicyException) -> bool:
    """Whether somebody would decide about their own: they asked for it, or it is made for them."""
    return user_id is not None and user_id in (exception.requester_id, exception.person_id)


def may_decide(principal: Principal, exception: PolicyException) -> bool:
    """Whether the caller could decide this one: the right on its line, and no part in it."""
    user = principal.user
    if user is None or is_party(user.pk, exception):
        return False
    return may(principal, Permission.DECIDE_EXCEPTION, exception.line_id)


def require_decide(principal: Principal, exception: PolicyException) -> None:
    """Refuse unless the caller could decide this one.

    :raises NotAllowed: it is their own, or they do not hold the right on its line.
    """
    user = principal.user
    if user is not None and is_party(user.pk, exception):
        raise NotAllowed(_("Nobody decides about their own exception. Somebody else of the hub has to."))
    if not may_decide(principal, exception):
        raise NotAllowed()


def may_withdraw(principal: Principal, exception: PolicyException) -> bool:
    """Whether the caller may change, withdraw, extend or close it: who asked for it, who it is for, who may ask for it anew."""
    user = principal.user
    if user is None:
        return False
    return is_party(user.pk, exception) or may(principal, Permission.REQUEST_EXCEPTION, exception.line_id)
