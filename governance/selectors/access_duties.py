"""Duties of access: to give or refuse what was asked, to confirm it every quarter, and to take back what must end."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
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


@dataclass(frozen=True)
class _Near:
    """Those of the people asked for who lead a line (by line), and who are the hub."""

    leads: Mapping[int, set[int]]
    hub: set[int]


def _near(rows: Collection[AccessGrant], asked: set[int], at: datetime) -> _Near:
    leads: dict[int, set[int]] = defaultdict(set)
    hub: set[int] = set()
    if not rows:
        return _Near(leads, hub)
    lines = {row.account.line_id for row in rows}
    held = RoleAssignment.objects.current(at).filter(user__in=asked)
    held = held.filter(Q(role=Role.LINE_LEAD, line__in=lines) | Q(role=Role.HUB_LEAD))
    for line_id, user_id in held.values_list("line_id", "user_id"):
        (hub if line_id is None else leads[line_id]).add(user_id)
    return _Near(leads, hub)


def _lead_of_the_line(at: datetime) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.current(at).filter(
        role=Role.LINE_LEAD, line=OuterRef("account__line"), user__is_active=True
    )


def _nobody_near(at: datetime) -> Q:
    """Neither an owner who is here and is not the one who gets in, nor somebody who leads the line: it is the hub's."""
    away = Q()
    for owner in ("account__primary_owner", "account__backup_owner"):
        away &= (
            Q(**{f"{owner}__isnull": True}) | Q(**{f"{owner}__is_active": False}) | Q(**{owner: F("person")})
        )
    return away & ~Exists(_lead_of_the_line(at))


def _nobody_decides(at: datetime) -> Q:
    """Nobody leads the line but who asks or would get in."""
    others = _lead_of_the_line(at).exclude(user=OuterRef("person")).exclude(user=OuterRef("requested_by"))
    return ~Exists(others)


def _concerning(asked: set[int], at: datetime, *, orphans: Q) -> QuerySet[AccessGrant]:
    """Grants on accounts that these people own or whose line they lead; those of nobody (`is_orphan`) where one of them is the hub."""
    hub = RoleAssignment.objects.current(at).filter(user__in=asked, role=Role.HUB_LEAD)
    return (
        AccessGrant.objects.alias(is_hub=Exists(hub)).annotate(is_orphan=orphans)
        .filter(
            Q(account__primary_owner__in=asked) | Q(account__backup_owner__in=asked)
            | Q(account__line__role_assignments__user__in=asked) | Q(is_orphan=True, is_hub=True)
        )
        .select_related("person", "account__platform", "account__line", "account__primary_owner", "account__backup_owner").distinct()
    )  # fmt: skip


def _owed(row: AccessGrant, asked: set[int], near: _Near) -> set[int]:
    """Who sees to it: the account's owner who is here, else its backup, else whoever leads the line, else the hub."""
    if row.is_orphan:  # type: ignore[attr-defined]  # annotated by `_concerning`
        return near.hub
    for owner in (row.account.primary_owner, row.account.backup_owner):
        if owner is not None and owner.is_active and owner.pk != row.person_id:
            return {owner.pk} & asked
    return near.leads.get(row.account.line_id, set())


def _deciders(row: AccessGrant, near: _Near) -> set[int]:
    is_orphan = row.is_orphan  # type: ignore[attr-defined]  # annotated by `_concerning`
    return near.hub if is_orphan else near.leads.get(row.account.line_id, set())


def _account(row: AccessGrant) -> str:
    return f"{row.account.platform.name} · {row.account.handle}"


def review_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Accounts whose access is to be confirmed within two weeks: one duty an account, due with its earliest grant."""
    asked = {person.pk for person in people}
    rows = list(
        _concerning(asked, at, orphans=_nobody_near(at))
        .filter(state=GrantState.ACTIVE, review_due_at__lte=at + REVIEW_AHEAD).order_by("review_due_at", "id")
    )  # fmt: skip
    near = _near(rows, asked, at)
    told: set[tuple[int, int]] = set()
    for row in rows:
        for person_id in sorted(_owed(row, asked, near)):
            if (person_id, row.account_id) in told:
                continue
            told.add((person_id, row.account_id))
            yield Duty(
                person_id=person_id, kind="access.review", key=str(row.account.public_id),
                title=format_lazy(_("Confirm who gets into {handle}"), handle=_account(row)),
                url=reverse("account-access", args=[row.account.public_id]), due_at=row.review_due_at, line=row.account.line,
                note=_("Every quarter: keep what is needed, take back the rest."),
            )  # fmt: skip


def revoke_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Access that must end, and access that waits for a second person."""
    asked = {person.pk for person in people}
    rows = list(
        _concerning(
            asked, at,
            orphans=Q(state=GrantState.REVOKING) & _nobody_near(at) | Q(state=GrantState.REQUESTED) & _nobody_decides(at),
        )
        .filter(state__in=(GrantState.REVOKING, GrantState.REQUESTED)).order_by("revoke_due_at", "id")
    )  # fmt: skip
    near = _near(rows, asked, at)
    for row in rows:
        is_end = row.state == GrantState.REVOKING
        owed = (
            _owed(row, asked, near) if is_end else _deciders(row, near) - {row.person_id, row.requested_by_id}
        )
        pattern = (
            _("Take {name}’s access to {handle} back")
            if is_end
            else _("Decide on {name}’s access to {handle}")
        )
        for person_id in sorted(owed):
            yield Duty(
                person_id=person_id, kind="access.revoke", key=str(row.public_id),
                title=format_lazy(pattern, name=str(row.person), handle=_account(row)),
                url=reverse("account-access", args=[row.account.public_id]),
                due_at=row.revoke_due_at if is_end else row.requested_at + DECIDE_WITHIN, line=row.account.line,
                note=row.get_revoke_cause_display() if is_end else _("It waits for a second person."),
            )  # fmt: skip
