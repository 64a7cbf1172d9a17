"""What people hold of the ground floor: accounts, roles, tokens; and the hub's duty to find somebody for what a leaver held."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from coe.enums.accounts import ENDED_STATES
from coe.enums.roles import Permission
from coe.models import RoleAssignment, ServiceToken, SocialAccount, User
from coe.selectors.duties import Duty
from coe.selectors.holdings import Holding, left_behind
from coe.selectors.posts import holders_of

ACCOUNT_KINDS = {
    "account.primary": "primary_owner",
    "account.backup": "backup_owner",
    "account.emergency": "emergency_contact",
}


def _accounts(kind: str, person_ids: Collection[int]) -> Iterator[Holding]:
    field = ACCOUNT_KINDS[kind]
    rows = SocialAccount.objects.filter(**{f"{field}__in": person_ids}).exclude(state__in=ENDED_STATES)
    for row in rows.select_related("platform", "line").order_by("handle_key", "id"):
        label = f"{row.handle} · {row.platform.name}"
        yield Holding(
            kind, str(row.public_id), getattr(row, f"{field}_id"), label, row.get_absolute_url(), row.line
        )


def accounts_owned(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Accounts of the register they own."""
    return _accounts("account.primary", person_ids)


def accounts_backed(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Accounts of the register they back up."""
    return _accounts("account.backup", person_ids)


def accounts_called(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Accounts of the register whose emergency contact they are."""
    return _accounts("account.emergency", person_ids)


def roles_held(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Roles that are in force or will be."""
    rows = RoleAssignment.objects.filter(user__in=person_ids).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    )
    for row in rows.select_related("line").order_by("id"):
        label = f"{row.get_role_display()}{f', {row.line.name}' if row.line else ''}"
        yield Holding("role", str(row.public_id), row.user_id, label, "", row.line)


def tokens_made(person_ids: Collection[int], *, at: datetime) -> Iterator[Holding]:
    """Service tokens they made that still open doors."""
    rows = ServiceToken.objects.filter(created_by__in=person_ids, revoked_at=None, expires_at__gt=at)
    for row in rows.select_related("line").order_by("id"):
        yield Holding(
            "token", str(row.public_id), row.created_by_id, row.name, reverse("token-list"), row.line
        )


def left_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """The hub finds somebody for what people who left still hold: one duty a leaver."""
    hub = holders_of(Permission.MANAGE_PEOPLE, people, at=at)
    if not hub:
        return
    found = left_behind(at=at)
    leavers = User.objects.in_bulk(list(found))
    for pk, held in found.items():
        count = sum(len(one.rows) for one in held)
        for person in hub:
            yield Duty(
                person_id=person.pk,
                kind="person.left",
                key=str(leavers[pk].public_id),
                title=format_lazy(
                    ngettext_lazy(
                        "Find somebody for {count} thing that {person} held",
                        "Find somebody for {count} things that {person} held",
                        count,
                    ),
                    count=count,
                    person=str(leavers[pk]),
                ),
                url=reverse("person-hand-over", args=[leavers[pk].public_id]),
                note=_("They left, and nobody has taken it on."),
            )
