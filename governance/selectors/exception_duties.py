"""Duties of exceptions: to decide what was asked, and to see to what ends soon. Reminders and the weekly digest read these."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.models import RoleAssignment, User
from coe.selectors.duties import Duty
from governance.enums.exceptions import PENDING_STATES, ExceptionState
from governance.models import PolicyException

DECIDE_WITHIN = timedelta(days=7)
ENDING_AHEAD = timedelta(days=30)
ENDING_REMINDERS = (30, 7, 1)


def decide_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """What waits for a decision: the named approver's, and every hub lead's where nobody is named or who was has left. Due in a week."""
    asked = {person.pk for person in people}
    leads = set(
        RoleAssignment.objects.current(at)
        .filter(user__in=asked, role=Role.HUB_LEAD, line__isnull=True)
        .values_list("user_id", flat=True)
    )
    rows = PolicyException.objects.filter(state__in=PENDING_STATES).select_related("line", "approver")
    if not leads:
        rows = rows.filter(approver__in=asked)
    for row in rows.order_by("requested_at", "id"):
        named = row.approver_id if row.approver is not None and row.approver.is_active else None
        owed = {named} & asked if named else leads - {row.requester_id, row.person_id}
        for person_id in sorted(owed):
            yield Duty(
                person_id=person_id,
                kind="exception.decide",
                key=str(row.public_id),
                title=format_lazy(_("Decide the exception “{title}”"), title=row.title),
                url=reverse("exception-decide", args=[row.public_id]),
                due_at=row.requested_at + DECIDE_WITHIN,
                line=row.line,
                note=_("Nothing is excused until somebody decides."),
            )


def expiring_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Exceptions that end within thirty days and wait for no extension: of who asked for them, and of those who lead the line."""
    asked = {person.pk for person in people}
    longer = PolicyException.objects.filter(
        Q(state__in=PENDING_STATES) | Q(state=ExceptionState.ACTIVE), extends=OuterRef("pk")
    )
    rows = list(
        PolicyException.objects.filter(
            ~Exists(longer), state=ExceptionState.ACTIVE, expires_at__gt=at, expires_at__lte=at + ENDING_AHEAD
        )
        .select_related("line")
        .order_by("expires_at", "id")
    )
    leads: dict[int, set[int]] = defaultdict(set)
    lines = {row.line_id for row in rows if row.line_id is not None}
    held = RoleAssignment.objects.current(at).filter(user__in=asked, role=Role.LINE_LEAD, line__in=lines)
    for line_id, user_id in held.values_list("line_id", "user_id"):
        leads[line_id].add(user_id)
    for row in rows:
        for person_id in sorted(({row.requester_id} | leads[row.line_id or 0]) & asked):
            yield Duty(
                person_id=person_id,
                kind="exception.expiring",
                key=str(row.public_id),
                title=format_lazy(_("End or extend the exception “{title}”"), title=row.title),
                url=row.get_absolute_url(),
                due_at=row.expires_at,
                line=row.line,
                remind_days=ENDING_REMINDERS,
                note=_("It ends by itself; what it excused counts again from that minute."),
            )
