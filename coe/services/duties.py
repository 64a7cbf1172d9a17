"""What is written about duties: how many a person has (for the menu), and the reminders people send each other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext, override

from coe.enums.work import DutyState
from coe.errors import WrongState
from coe.models import OutboxMessage, User
from coe.rules.principals import Actor
from coe.selectors.duties import Duty, duties_of
from coe.services.history import Entry, record_many
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


@dataclass(frozen=True)
class Reminded:
    """What became of reminders: who got one, who had got one today already, and who owes nothing here."""

    sent: tuple[User, ...] = ()
    known: tuple[User, ...] = ()
    free: tuple[User, ...] = ()


def _reminder(person: User, duties: Sequence[Duty], *, by: Actor, at: datetime) -> Message:
    today = at.astimezone(ZoneInfo(person.time_zone)).date()
    with override(person.language):
        lines = [str(duty.title) for duty in duties[:LISTED]]
        if len(duties) > LISTED:
            lines.append(_("… and %(count)s more.") % {"count": len(duties) - LISTED})
        count = len(duties)
        return Message(
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


@transaction.atomic
def remind_people(
    people: Iterable[User], *, owed: Mapping[int, Sequence[Duty]], by: Actor, at: datetime
) -> Reminded:
    """Write each person a notice that lists what they owe, in their language; the number of statements does not grow with people.

    Today is the person's own day: at most one reminder reaches them in it, whoever sends it.
    """
    everybody = list(people)
    owing = [person for person in everybody if owed.get(person.pk)]
    messages = {person.pk: _reminder(person, owed[person.pk], by=by, at=at) for person in owing}
    # `enqueue_many` counts what is new, and does not say which; with the people locked, what was looked up stays true.
    keys = [message.key for message in messages.values()]
    told: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        ids = sorted(messages)[start : start + CHUNK]
        list(User.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        rows = OutboxMessage.objects.filter(key__in=keys[start : start + CHUNK])
        told.update(rows.values_list("key", flat=True))
    sent = [person for person in owing if messages[person.pk].key not in told]
    enqueue_many([messages[person.pk] for person in sent], at=at)
    record_many(
        [Entry("person.reminded", person, {"duties": (None, len(owed[person.pk]))}) for person in sent],
        by=by,
        at=at,
    )
    known = tuple(person for person in owing if messages[person.pk].key in told)
    free = tuple(person for person in everybody if not owed.get(person.pk))
    return Reminded(tuple(sent), known, free)


@transaction.atomic
def remind_person(person: User, *, duties: Sequence[Duty], by: Actor, at: datetime) -> bool:
    """Write a notice that lists some of a person's duties; False when one was written today already (see `remind_people`).

    :raises WrongState: there is nothing to remind them of.
    """
    if not duties:
        raise WrongState(_("%(name)s has no open duty here; nothing was sent.") % {"name": person})
    return bool(remind_people([person], owed={person.pk: duties}, by=by, at=at).sent)
