"""THE rule of scope, used by every read surface and every write.

A person sees the subtree of the lines on which they hold a role; hub roles see everything; a token sees its line's subtree.
Co-owners read an account and never write it. What is outside answers 404. No other module may filter by line on its own.
"""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.models import AccountCoOwner, BusinessLine, LineClosure, RoleAssignment, SocialAccount, Tag, User
from coe.rules.principals import Principal

M = TypeVar("M", bound=Model)


def _subtree_ids(line_ids: tuple[int, ...]) -> QuerySet[Any]:
    return LineClosure.objects.filter(ancestor_id__in=line_ids).values("descendant_id")


def scope_filter(principal: Principal, path: str = "line") -> Q | None:
    """The condition that keeps a queryset within the caller's lines; None where everything is in scope.

    `path` is the lookup to a `BusinessLine` foreign key, or "" for lines themselves.
    """
    if principal.sees_all:
        return None
    key = f"{path}_id__in" if path else "id__in"
    if not principal.line_ids:
        return Q(pk__in=[])
    return Q(**{key: _subtree_ids(principal.line_ids)})


def scoped(queryset: "QuerySet[M]", principal: Principal, path: str = "line") -> "QuerySet[M]":
    """The rows of a queryset that lie on the caller's lines."""
    condition = scope_filter(principal, path)
    return queryset if condition is None else queryset.filter(condition)


def lines_in_scope(principal: Principal) -> QuerySet[BusinessLine]:
    """Lines the caller sees."""
    return scoped(BusinessLine.objects.all(), principal, "")


def accounts_in_scope(principal: Principal) -> QuerySet[SocialAccount]:
    """Accounts the caller sees: those of its lines, and those its lines co-own."""
    condition = scope_filter(principal, "line")
    if condition is None:
        return SocialAccount.objects.all()
    shared = AccountCoOwner.objects.filter(line_id__in=_subtree_ids(principal.line_ids)).values("account_id")
    return SocialAccount.objects.filter(condition | Q(pk__in=shared))


def account_tags_in_scope(principal: Principal) -> QuerySet[Tag]:
    """Tags that hang on an account the caller sees; a word of another line may tell as much as its name."""
    if principal.sees_all:
        return Tag.objects.all()
    return Tag.objects.filter(accounts__in=accounts_in_scope(principal).values("pk")).distinct()


def people_in_scope(principal: Principal) -> QuerySet[User]:
    """People the caller sees: themselves, and everyone who holds a role or an account on the caller's lines."""
    if principal.sees_all:
        return User.objects.all()
    own = Q(pk=principal.user.pk) if principal.user else Q(pk__in=[])
    lines = _subtree_ids(principal.line_ids)
    return User.objects.filter(
        own
        | Q(pk__in=RoleAssignment.objects.filter(line_id__in=lines).values("user_id"))
        | Q(
            pk__in=SocialAccount.objects.filter(line_id__in=lines, primary_owner__isnull=False).values(
                "primary_owner_id"
            )
        )
        | Q(
            pk__in=SocialAccount.objects.filter(line_id__in=lines, backup_owner__isnull=False).values(
                "backup_owner_id"
            )
        )
    )


def people_to_name(principal: Principal) -> QuerySet[User]:
    """People whom the caller may name as owner or contact: those in scope, and whom an account on its lines names already.

    Whoever is not among them is answered like somebody who does not exist, or every form would tell who works here.
    """
    people = people_in_scope(principal)
    condition = scope_filter(principal, "line")
    if condition is None:
        return people
    contacts = SocialAccount.objects.filter(condition, emergency_contact__isnull=False)
    return people | User.objects.filter(pk__in=contacts.values("emergency_contact_id"))


def roles_in_scope(principal: Principal) -> QuerySet[RoleAssignment]:
    """Assignments the caller sees: those on its lines, and those held for the whole company."""
    condition = scope_filter(principal, "line")
    held = RoleAssignment.objects.select_related("line")
    return held if condition is None else held.filter(condition | Q(line=None))


def people_led(principal: Principal, at: datetime) -> QuerySet[User]:
    """Active people who hold a role on a line on which the caller may give roles, without the caller: those one may remind."""
    lines = allowed_lines(principal, Permission.ASSIGN_ROLES)
    held = RoleAssignment.objects.current(at).filter(line_id__in=lines.values("pk")).values("user_id")
    people = User.objects.filter(is_active=True, pk__in=held)
    return people.exclude(pk=principal.user.pk) if principal.user else people


def allowed_lines(principal: Principal, permission: Permission) -> QuerySet[BusinessLine]:
    """Lines on which the caller may do this."""
    if permission in principal.company_permissions:
        return BusinessLine.objects.all()
    held = principal.lines_with(permission)
    return BusinessLine.objects.filter(pk__in=_subtree_ids(held)) if held else BusinessLine.objects.none()


def may(principal: Principal, permission: Permission, line_id: int | None = None) -> bool:
    """Whether the caller may do this, on a line or (None) for the company as a whole."""
    if permission in principal.company_permissions:
        return True
    if line_id is None:
        return False
    held = principal.lines_with(permission)
    if line_id in held:
        return True
    return bool(held) and LineClosure.objects.filter(ancestor_id__in=held, descendant_id=line_id).exists()


def require(principal: Principal, permission: Permission, line_id: int | None = None) -> None:
    """Refuse unless the caller may do this.

    :raises NotAllowed: the caller lacks the role.
    """
    if not may(principal, permission, line_id):
        raise NotAllowed()


def records_in_scope(principal: Principal, permission: Permission, at: datetime) -> QuerySet[User]:
    """People whose records of a kind the caller sees: their own, and those of everyone who holds a role now where the caller keeps them."""
    if principal.sees_all:
        return User.objects.all()
    own = Q(pk=principal.user.pk) if principal.user else Q(pk__in=[])
    held = principal.lines_with(permission)
    if not held:
        return User.objects.filter(own)
    led = RoleAssignment.objects.current(at).filter(line_id__in=_subtree_ids(held))
    return User.objects.filter(own | Q(pk__in=led.values("user_id")))


def people_kept_by(principal: Principal, permission: Permission, at: datetime) -> QuerySet[User]:
    """People whose records of a kind the caller may write: those who hold a role now on a line where the caller may."""
    if permission in principal.company_permissions:
        return User.objects.all()
    held = principal.lines_with(permission)
    if not held:
        return User.objects.none()
    led = RoleAssignment.objects.current(at).filter(line_id__in=_subtree_ids(held))
    return User.objects.filter(pk__in=led.values("user_id"))


def learners_in_scope(principal: Principal, at: datetime) -> QuerySet[User]:
    """People whose training the caller sees.

    What somebody has learned, and is late with, is between them, their line lead and the hub; colleagues see sums only.
    """
    return records_in_scope(principal, Permission.RECORD_TRAINING, at)


def trained_by(principal: Principal, at: datetime) -> QuerySet[User]:
    """People whose training the caller may record."""
    return people_kept_by(principal, Permission.RECORD_TRAINING, at)


def offered_to(queryset: "QuerySet[M]", principal: Principal, path: str = "line") -> "QuerySet[M]":
    """What is offered to the caller: rows of their lines, of the lines above (a region's session is for all its lines), and of none."""
    condition = scope_filter(principal, path)
    if condition is None:
        return queryset
    above = LineClosure.objects.filter(descendant_id__in=principal.line_ids).values("ancestor_id")
    return queryset.filter(condition | Q(**{f"{path}_id__in": above}) | Q(**{f"{path}__isnull": True}))


def require_somewhere(principal: Principal, permission: Permission) -> None:
    """Refuse unless the caller may do this on some line.

    :raises NotAllowed: the caller lacks the role.
    """
    if not principal.holds_anywhere(permission):
        raise NotAllowed()
