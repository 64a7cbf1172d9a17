"""Duties of access: to give or refuse what was asked, to confirm it every quarter, and to take back what must end."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.models import RoleAssignment, User
from coe.selectors.duties import Duty
from governance.enums.access import GrantState
from governance.models import AccessGrant

REVIEW_AHEAD = timedelta(days=14)
DECIDE_WITHIN = timedelta(days=3)


def _leads(rows: Iterable[AccessGrant], asked: set[int], at: datetime) -> dict[int, set[int]]:
    """Line → those of the people asked for who lead it."""
    found: dict[int, set[int]] = defaultdict(set)
    lines = {row.account.line_id for row in rows}
    held = RoleAssignment.objects.current(at).filter(user__in=asked, role=Role.LINE_LEAD, line__in=lines)
    for line_id, user_id in held.values_list("line_id", "user_id"):
        found[line_id].add(user_id)
    return found


def _owed(row: AccessGrant, asked: set[int], leads: dict[int, set[int]]) -> set[int]:
    """Who sees to it: the account's owner who is here, else its backup, else whoever leads the line."""
    for owner in (row.account.primary_owner, row.account.backup_owner):
        if owner is not None and owner.is_active and owner.pk != row.person_id:
            return {owner.pk} & asked
    return leads[row.account.line_id]


def review_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Accounts whose access is to be confirmed within two weeks: one duty an account, due with its earliest grant."""
    asked = {person.pk for person in people}
    rows = list(
        AccessGrant.objects.filter(
            Q(account__primary_owner__in=asked) | Q(account__backup_owner__in=asked) | Q(account__line__role_assignments__user__in=asked),
            state=GrantState.ACTIVE, review_due_at__lte=at + REVIEW_AHEAD,
        ).select_related("account__line", "account__primary_owner", "account__backup_owner")
        .distinct().order_by("review_due_at", "id")
    )  # fmt: skip
    leads = _leads(rows, asked, at)
    told: set[tuple[int, int]] = set()
    for row in rows:
        for person_id in sorted(_owed(row, asked, leads)):
            if (person_id, row.account_id) in told:
                continue
            told.add((person_id, row.account_id))
            yield Duty(
                person_id=person_id, kind="access.review", key=str(row.account.public_id),
                title=format_lazy(_("Confirm who gets into {handle}"), handle=row.account.handle),
                url=reverse("account-access", args=[row.account.public_id]), due_at=row.review_due_at, line=row.account.line,
                note=_("Every quarter: keep what is needed, take back the rest."),
            )  # fmt: skip


def revoke_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Access that must end, and access that waits for a second person."""
    asked = {person.pk for person in people}
    rows = list(
        AccessGrant.objects.filter(
            Q(account__primary_owner__in=asked) | Q(account__backup_owner__in=asked) | Q(account__line__role_assignments__user__in=asked),
            state__in=(GrantState.REVOKING, GrantState.REQUESTED),
        ).select_related("person", "account__line", "account__primary_owner", "account__backup_owner")
        .distinct().order_by("revoke_due_at", "id")
    )  # fmt: skip
    leads = _leads(rows, asked, at)
    for row in rows:
        is_end = row.state == GrantState.REVOKING
        owed = (
            _owed(row, asked, leads)
            if is_end
            else leads[row.account.line_id] - {row.person_id, row.requested_by_id}
        )
        pattern = (
            _("Take {name}’s access to {handle} back")
            if is_end
            else _("Decide on {name}’s access to {handle}")
        )
        for person_id in sorted(owed):
            yield Duty(
                person_id=person_id, kind="access.revoke", key=str(row.public_id),
                title=format_lazy(pattern, name=str(row.person), handle=row.account.handle),
                url=reverse("account-access", args=[row.account.public_id]),
                due_at=row.revoke_due_at if is_end else row.requested_at + DECIDE_WITHIN, line=row.account.line,
                note=row.get_revoke_cause_display() if is_end else _("It waits for a second person."),
            )  # fmt: skip
