"""Who may give, end and confirm access to accounts."""

from coe.enums.roles import Permission
from coe.models import SocialAccount, User
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, may
from governance.enums.access import FOUR_EYES_LEVELS, AccessLevel


def may_grant(principal: Principal, account: SocialAccount) -> bool:
    """Whether the caller, a person, gives and ends access on the account's line."""
    return principal.user is not None and may(principal, Permission.GRANT_ACCESS, account.line_id)


def may_ask(principal: Principal, account: SocialAccount, person: User) -> bool:
    """Whether the caller may ask: for oneself on accounts one sees, for anybody where one gives access."""
    user = principal.user
    if (
        user is not None
        and user.pk == person.pk
        and accounts_in_scope(principal).filter(pk=account.pk).exists()
    ):
        return True
    return may_grant(principal, account)


def may_review(principal: Principal, account: SocialAccount) -> bool:
    """Whether the caller says who keeps access: the account's owners, and who gives access there."""
    user = principal.user
    is_owner = user is not None and user.pk in (account.primary_owner_id, account.backup_owner_id)
    return is_owner or may_grant(principal, account)


def needs_two(level: str, *, person_id: int, by_id: int | None) -> bool:
    """Whether one person is not enough: to give or keep the highest level, and whatever one would give oneself."""
    return AccessLevel(level) in FOUR_EYES_LEVELS or person_id == by_id
