"""What is written about duties: how many a person has (for the menu), and the reminders people send each other."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext, override

from coe.enums.work import DutyState
from coe.errors import WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.selectors.duties import Duty, duties_of
from coe.services.history import record
from coe.services.outbox import INBOX, Message, enqueue_many

CHUNK = 500
LISTED = 20


def count_duties(people: Collection[User], *, owed: Mapping[int, list[Duty]], at: datetime) -> int:
    """Store how many duties each person has, and how many of them are overdue; returns how many persons' figures changed."""
    changed = []
    for person in people:
        duties = owed.get(person.pk, [])
        counts = (len(duties), sum(duty.state_at(at) == DutyState.OVERDUE for duty in duties))
        if counts != (person.open_duties, person.overdue_duties):
            person.open_duties, person.overdue_duties = counts
            changed.append(person)
    User.objects.bulk_update(changed, ["open_duties", "overdue_duties"], batch_size=CHUNK)
    return len(changed)


def count_all_duties(*, at: datetime) -> int:
    """The same for everybody, 500 at a time; who has left owes nothing. Returns how many persons' figures changed."""
    gone = User.objects.filter(is_active=False, open_duties__gt=0)
    changed = gone.update(open_duties=0, overdue_duties=0)
    last = 0
    while people := list(User.objects.filter(is_active=True, pk__gt=last).order_by("pk")[:CHUNK]):
        changed += count_duties(people, owed=duties_of(people, at=at), at=at)
        last = people[-1].pk
    return changed


@transaction.atomic
def remind_person(person: User, *, duties: Sequence[Duty], by: Actor, at: datetime) -> bool:
    """Write a notice that lists some of a person's duties, in the person's language; False when one was written today already.

    Today is the person's own day: at most one reminder reaches them in it, whoever sends it.

    :raises WrongState: there is nothing to remind them of.
    """
    if not duties:
        raise WrongState(_("%(name)s has no open duty here; nothing was sent.") % {"name": person})
    today = at.astimezone(ZoneInfo(person.time_zone)).date()
    with override(person.language):
        lines = [str(duty.title) for duty in duties[:LISTED]]
        if len(duties) > LISTED:
            lines.append(_("… and %(count)s more.") % {"count": len(duties) - LISTED})
        count = len(duties)
        message = Message(
            key=f"duty.chase:{person.pk}:{today.isoformat()}",
            channel=INBOX,
            recipient=person,
            kind="duty.chase",
            subject=ngettext(
                "%(who)s reminds you of %(count)d duty", "%(who)s reminds you of %(count)d duties", count
            )
            % {"who": by.label, "count": count},
            body="\n".join(lines),
            url=reverse("my-duties"),
        )
    if not enqueue_many([message], at=at):
        return False
    record("person.reminded", person, by=by, at=at, changes={"duties": (None, len(duties))})
    return True
