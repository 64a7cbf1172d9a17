"""One clock a person: each morning at eight of their own day the hub looks at what they owe.

It writes reminders into their inbox, tells the line lead of what is long overdue, and on Mondays sends the week's one e-mail. Everything is
keyed by what it says about which duty, so a morning that is tried twice, or late, says nothing twice.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext, override

from coe.engine.digests import ESCALATION, LISTED, digest_message, told_day
from coe.engine.kinds import Due
from coe.enums.work import TimerState
from coe.models import Notice, OutboxMessage, Timer, User
from coe.rules.working_time import instant_of
from coe.selectors.duties import Duty, duties_of
from coe.selectors.posts import leads_of_lines
from coe.services.duties import count_duties
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.timers import set_timers

KIND = "duty.day"
MORNING = time(8)
# How long a person is left alone with an overdue duty before the lead of its line is told.
GRACE = timedelta(days=7)
_CHUNK = 500
_TOLD = "told in one notice with the others of that morning"


def next_morning(after: datetime, zone: ZoneInfo) -> datetime:
    """The first eight o'clock of a zone that is later than an instant."""
    day = after.astimezone(zone).date()
    found = instant_of(day, MORNING, zone)
    return found if found > after else instant_of(day + timedelta(days=1), MORNING, zone)


def keep_mornings(*, at: datetime) -> int:
    """Set the clock of everybody who has none, and move those of people who changed their zone; returns how many were set.

    A clock that is due is left alone: the morning it stands for has not been looked at yet.
    """
    changed, last = 0, 0
    while people := list(
        User.objects.filter(is_active=True, pk__gt=last)
        .order_by("pk")
        .values_list("pk", "time_zone")[:_CHUNK]
    ):
        subjects = [str(pk) for pk, _zone in people]
        kept = (TimerState.WAITING, TimerState.CLAIMED, TimerState.QUARANTINED)
        rows = Timer.objects.filter(kind=KIND, subject__in=subjects, state__in=kept)
        set_to = dict(rows.values_list("subject", "due_at"))
        due = {}
        for pk, zone in people:
            morning, standing = next_morning(at, ZoneInfo(zone)), set_to.get(str(pk))
            if standing is None or at < standing != morning:
                due[str(pk)] = morning
        changed += set_timers(KIND, due=due, at=at)
        last = people[-1][0]
    return changed


def who_has_left(batch: Sequence[Due], *, at: datetime) -> Mapping[str, str]:
    """The pre-check: nobody looks after people who are not here any more. If they return, their clock is set again."""
    here = User.objects.filter(is_active=True, pk__in=[int(due.subject) for due in batch])
    known = {str(pk) for pk in here.values_list("pk", flat=True)}
    return {due.subject: "the person has left" for due in batch if due.subject not in known}


def look(batch: Sequence[Due], *, at: datetime) -> Mapping[str, datetime]:
    """Look at what the people of a batch owe; returns each one's next morning."""
    people = User.objects.in_bulk([int(due.subject) for due in batch])
    owed = duties_of(people.values(), at=at)
    count_duties(list(people.values()), owed=owed, at=at)
    enqueue_many(_new(_reminders(people, owed, at=at)), at=at)
    enqueue_many(_new(_escalations(people, owed, at=at)), at=at)
    enqueue_many(_digests(batch, people, owed, at=at), at=at)
    return {
        due.subject: next_morning(max(at, due.due_at), ZoneInfo(people[int(due.subject)].time_zone))
        for due in batch
    }


@dataclass(frozen=True)
class _Word:
    """Something to be said once (`key`) to somebody; what is new of one `group` is said in one notice."""

    key: str
    group: str
    to: User
    kind: str
    duty: Duty
    about: User | None = None


def _stamp(duty: Duty) -> str:
    return f"{duty.kind}:{duty.key}:{duty.due_at.astimezone(UTC):%Y%m%dT%H%M%S}"


def _reminders(people: Mapping[int, User], owed: Mapping[int, list[Duty]], *, at: datetime) -> list[_Word]:
    """A word for each duty that came closer than one of its reminder days; the closest passed one is said."""
    words = []
    for person_id, duties in owed.items():
        person = people[person_id]
        today = at.astimezone(ZoneInfo(person.time_zone)).date()
        for duty in duties:
            passed = [
                days
                for days in (*duty.remind_days, 0)
                if duty.due_at is not None and duty.due_at - timedelta(days=days) <= at
            ]
            if passed:
                key = f"duty.reminder:{person_id}:{_stamp(duty)}:{min(passed)}"
                words.append(_Word(key, f"duty.morning:{person_id}:{today}", person, "duty.reminder", duty))
    return words


def _escalations(people: Mapping[int, User], owed: Mapping[int, list[Duty]], *, at: datetime) -> list[_Word]:
    """A word to the leads of a line for each duty that is overdue for a week; a lead's own goes to the lead above."""
    late = [
        duty
        for duties in owed.values()
        for duty in duties
        if duty.line is not None and duty.due_at is not None and duty.due_at + GRACE <= at
    ]
    lines = {line_id for duty in late for line_id in (duty.line.pk, duty.line.parent_id) if line_id}
    if not late:
        return []
    leads = leads_of_lines(lines, at=at)
    told = User.objects.in_bulk({pk for found in leads.values() for pk in found})
    words = []
    for duty in late:
        own = [pk for pk in leads.get(duty.line.pk, ()) if pk != duty.person_id]
        above = [pk for pk in leads.get(duty.line.parent_id, ()) if pk != duty.person_id]
        is_lead = duty.person_id in leads.get(duty.line.pk, ())
        for pk in above if is_lead else own:
            lead, person = told[pk], people[duty.person_id]
            today = at.astimezone(ZoneInfo(lead.time_zone)).date()
            key = f"{ESCALATION}:{pk}:{duty.person_id}:{_stamp(duty)}"
            group = f"{ESCALATION}:{pk}:{duty.person_id}:{today}"
            words.append(_Word(key, group, lead, ESCALATION, duty, about=person))
    return words


def _new(words: Iterable[_Word]) -> list[Message]:
    """What has not been said yet: one notice for each group, and a silent row for each word, so that it is not said again."""
    asked = {word.key[:160]: word for word in words}
    said = set(OutboxMessage.objects.filter(key__in=list(asked)).values_list("key", flat=True))
    groups: dict[str, list[_Word]] = defaultdict(list)
    for key, word in asked.items():
        if key not in said:
            groups[word.group].append(word)
    messages = []
    for group, fresh in groups.items():
        first = fresh[0]
        # A second look on the same day may have more to say; the same look again says the same.
        key = f"{group}:{hashlib.sha256('|'.join(word.key for word in fresh).encode()).hexdigest()[:16]}"
        with override(first.to.language), timezone.override(ZoneInfo(first.to.time_zone)):
            lines = [_line(word) for word in fresh[:LISTED]]
            if len(fresh) > LISTED:
                lines.append(_("… and %(count)s more.") % {"count": len(fresh) - LISTED})
            elif len(fresh) == 1 and first.about is None:
                lines = [str(first.duty.note), _("Due %(day)s.") % {"day": told_day(first.duty.due_at)}]
            url = reverse("team-duties" if first.about else "my-duties")
            if len(fresh) == 1 and first.about is None:
                url = first.duty.url
            messages.append(
                Message(
                    key,
                    INBOX,
                    first.to,
                    first.kind,
                    _subject(fresh),
                    body="\n".join(filter(None, lines)),
                    url=url,
                )
            )
            messages += [
                Message(word.key, INBOX, word.to, word.kind, str(word.duty.title), suppressed=_TOLD)
                for word in fresh
            ]
    return messages


def _line(word: _Word) -> str:
    return _("%(duty)s (due %(day)s)") % {"duty": word.duty.title, "day": told_day(word.duty.due_at)}


def _subject(fresh: Sequence[_Word]) -> str:
    count = len(fresh)
    if fresh[0].about is not None:
        words = ngettext(
            "%(who)s is late with %(count)d duty", "%(who)s is late with %(count)d duties", count
        )
        return words % {"who": fresh[0].about, "count": count}
    if count == 1:
        return str(fresh[0].duty.title)
    return ngettext("%(count)d duty needs you", "%(count)d duties need you", count) % {"count": count}


def _digests(
    batch: Sequence[Due], people: Mapping[int, User], owed: Mapping[int, list[Duty]], *, at: datetime
) -> list[Message]:
    """The week's e-mail of those whose Monday it is, if there is anything to say."""
    mondays = {}
    for due in batch:
        person = people[int(due.subject)]
        day = due.due_at.astimezone(ZoneInfo(person.time_zone)).date()
        if day.weekday() == 0:
            mondays[person.pk] = day
    if not mondays:
        return []
    late: dict[int, list[str]] = defaultdict(list)
    rows = Notice.objects.filter(kind=ESCALATION, user_id__in=mondays, created_at__gt=at - timedelta(days=7))
    for user_id, subject in rows.order_by("id").values_list("user_id", "subject"):
        late[user_id].append(subject)
    return [
        digest_message(people[pk], duties=owed.get(pk, []), late=late[pk], day=day, at=at)
        for pk, day in mondays.items()
        if owed.get(pk) or late[pk]
    ]
