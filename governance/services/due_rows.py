"""Opens and ends rows of what people owe. A row is never rewritten: who leaves and comes back has two."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _, override

from coe.models import User
from coe.services.facts import note_facts
from coe.services.outbox import INBOX, Message, enqueue_many
from governance.enums.policies import Answer, DueCause, DueEnd
from governance.models import Acknowledgement, PolicyDue
from governance.selectors.audience import Member, Slot

CHUNK = 5_000
Asked = tuple[Slot, Member]
_Answered = dict[tuple[int, int, int, int | None], tuple[int, datetime]]


def open_due(asked: Sequence[Asked], *, cause: DueCause, at: datetime) -> int:
    """Open a row for each of these people in their slot, and tell those who now have something to read; returns how many rows.

    Their rows of earlier versions end. What they accepted of the same major number answers the new row at once, and one who still owed
    it keeps the day it was due: a corrected comma gives nobody more time. Must run in a transaction; a constant number of statements.
    """
    if not asked:
        return 0
    people = _locked({member.person_id for _slot, member in asked})
    answered, older = _accepted(asked), _older(asked)
    rows, fresh = [], []
    for slot, member in asked:
        before = older.get((slot.version.policy_id, slot.key[1], member.person_id))
        row = _row(slot, member, cause=cause, at=at)
        settled = answered.get(_key(slot, member.person_id))
        if settled is not None:
            row.settled_by_id, row.settled_at = settled
            row.answer = Answer.ACCEPTED
        elif before is not None and before.version.major == slot.version.major:
            row.due_at = min(row.due_at, before.due_at)
        else:
            fresh.append((slot, member, row.due_at))
        rows.append(row)
    end_due([row.pk for row in older.values()], ended=DueEnd.SUPERSEDED, at=at)
    PolicyDue.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    _tell(fresh, people, at=at)
    note_lines((row.line_id for row in rows), at=at)
    return len(rows)


def _locked(ids: Collection[int]) -> dict[int, User]:
    """The people, locked in one order: whoever answers, changes a role or is asked elsewhere meanwhile is waited for."""
    rows = User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    return {person.pk: person for person in rows}


def _row(slot: Slot, member: Member, *, cause: DueCause, at: datetime) -> PolicyDue:
    policy, campaign = slot.version.policy, slot.campaign
    due_at = campaign.due_at if campaign else at + timedelta(days=policy.grace_days)
    return PolicyDue(
        version=slot.version, policy=policy, person_id=member.person_id, role=member.role, line_id=member.line_id,
        cause=DueCause.CAMPAIGN if campaign else cause, campaign=campaign, from_at=at, due_at=max(due_at, at),
    )  # fmt: skip


def _key(slot: Slot, person_id: int) -> tuple[int, int, int, int | None]:
    """What answers a slot: any acceptance of the major number, in a repeated round one of that round only."""
    repeated = slot.campaign.pk if slot.campaign and slot.campaign.is_repeated else None
    return (slot.version.policy_id, slot.version.major, person_id, repeated)


def _accepted(asked: Sequence[Asked]) -> _Answered:
    rows = Acknowledgement.objects.filter(
        answer=Answer.ACCEPTED,
        person_id__in={member.person_id for _slot, member in asked},
        version__policy_id__in={slot.version.policy_id for slot, _member in asked},
    )
    found: _Answered = {}
    told = rows.order_by("at", "id").values_list(
        "version__policy_id", "version__major", "person_id", "campaign_id", "pk", "at"
    )
    for policy, major, person, campaign, pk, moment in told:
        found[policy, major, person, None] = (pk, moment)
        found[policy, major, person, campaign] = (pk, moment)
    return found


def _older(asked: Sequence[Asked]) -> dict[tuple[int, int | None, int], PolicyDue]:
    """Policy, round and person → the open row of another version."""
    wanted = {(slot.version.policy_id, slot.key[1], member.person_id) for slot, member in asked}
    rows = PolicyDue.objects.filter(
        until_at__isnull=True,
        policy_id__in={policy for policy, _campaign, _person in wanted},
        person_id__in={person for _policy, _campaign, person in wanted},
    ).exclude(version_id__in={slot.version.pk for slot, _member in asked})
    found = {(row.policy_id, row.campaign_id, row.person_id): row for row in rows.select_related("version")}
    return {key: row for key, row in found.items() if key in wanted}


def end_due(ids: Collection[int], *, ended: DueEnd, at: datetime) -> int:
    """End open rows by their keys; returns how many were open. An answer that was given stays in the row."""
    keys, count = sorted(ids), 0
    for start in range(0, len(keys), CHUNK):
        rows = PolicyDue.objects.filter(pk__in=keys[start : start + CHUNK], until_at__isnull=True)
        count += rows.update(until_at=at, ended=ended)
    return count


def note_lines(lines: Iterable[int | None], *, at: datetime) -> None:
    """Scores of these lines, and of the programme, rest on what people owe and answered."""
    touched = set(lines)
    note_facts([(line, "acknowledgements") for line in touched | {None}] if touched else [], at=at)


def _tell(
    fresh: Sequence[tuple[Slot, Member, datetime]], people: Mapping[int, User], *, at: datetime
) -> None:
    """One notice each; reminders and mail are the duties' work."""
    messages: list[Message] = []
    by_language: dict[str, list[tuple[Slot, Member, datetime]]] = {}
    for slot, member, due in fresh:
        by_language.setdefault(people[member.person_id].language, []).append((slot, member, due))
    for language, rows in by_language.items():
        with override(language):
            words = _Words()
            messages += [words.message(slot, people[member.person_id], due) for slot, member, due in rows]
    enqueue_many(messages, at=at)


class _Words:
    """Sentences in one language; each is made once for the twenty thousand people who read it."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, datetime], tuple[str, str, str]] = {}

    def message(self, slot: Slot, person: User, due: datetime) -> Message:
        """What one person is told."""
        subject, body, url = self._said.get((slot.version.pk, due)) or self._say(slot, due)
        rounds = slot.campaign.public_id if slot.campaign else ""
        key = f"policy.asked:{slot.version.public_id}:{rounds}:{person.pk}"
        return Message(key, INBOX, person, "policy.asked", subject, body=body, url=url)

    def _say(self, slot: Slot, due: datetime) -> tuple[str, str, str]:
        policy = slot.version.policy
        facts: Mapping[str, str] = {
            "policy": policy.title,
            "number": slot.version.number,
            "day": date_format(due.date()),
        }
        said = (
            _("Read and acknowledge “%(policy)s”") % facts,
            _("Version %(number)s is in force. Please answer by %(day)s.") % facts,
            reverse("policy-acknowledge", args=[policy.code]),
        )
        self._said[slot.version.pk, due] = said
        return said
