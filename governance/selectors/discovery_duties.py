"""Duties of discovery: judge what was found, and ask again for a take-down that has not come."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from coe.enums.roles import Permission
from coe.models import User
from coe.selectors.duties import Duty
from coe.selectors.posts import holders_of
from governance.enums.discovery import TRIAGE_DAYS, FindingState
from governance.models import Finding
from governance.selectors.discovery import times_of

AHEAD = timedelta(days=7)


def triage_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """New findings are judged within two business days: each by who is to handle it, the rest by the hub, told as one duty."""
    new = list(
        Finding.objects.filter(state=FindingState.NEW).select_related("line").order_by("found_at", "id")
    )
    if not new:
        return
    asked = {person.pk for person in people}
    times = times_of(new)
    due = {one.pk: times[one.line_id].after_days(one.found_at, TRIAGE_DAYS) for one in new}
    for one in new:
        if one.assignee_id in asked:
            yield Duty(
                person_id=one.assignee_id,
                kind="finding.triage",
                key=str(one.public_id),
                title=format_lazy(_("Say what {handle} is"), handle=one.handle),
                url=one.get_absolute_url(),
                due_at=due[one.pk],
                line=one.line,
                note=_("It was found outside the register."),
            )
    rest = [one for one in new if one.assignee_id is None]
    if not rest:
        return
    for person in holders_of(Permission.RUN_DISCOVERY, people, at=at):
        yield Duty(
            person_id=person.pk,
            kind="finding.triage",
            key="new",
            title=format_lazy(
                ngettext_lazy("Judge {count} found account", "Judge {count} found accounts", len(rest)),
                count=len(rest),
            ),
            url=f"{reverse('finding-list')}?state={FindingState.NEW}",
            due_at=min((day for one in rest if (day := due[one.pk])), default=None),
            note=_("An impostor does harm every day it is left alone."),
        )


def takedown_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Whoever handles a finding, else the hub, asks the platform again when the day for it comes."""
    rows = Finding.objects.filter(state=FindingState.TAKEDOWN, takedown_due_at__lte=at + AHEAD)
    waiting = list(rows.select_related("line").order_by("takedown_due_at", "id"))
    if not waiting:
        return
    asked = {person.pk for person in people}
    hub = [person.pk for person in holders_of(Permission.RUN_DISCOVERY, people, at=at)]
    for one in waiting:
        for person_id in [one.assignee_id] if one.assignee_id else hub:
            if person_id in asked:
                yield Duty(
                    person_id=person_id,
                    kind="finding.takedown",
                    key=str(one.public_id),
                    title=format_lazy(_("Ask again for the take-down of {handle}"), handle=one.handle),
                    url=one.get_absolute_url(),
                    due_at=one.takedown_due_at,
                    line=one.line,
                )
