"""What each person owes, from the providers that every app registers: one list for the page, the API, the digest and the counts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.functional import Promise

from coe.enums.work import DutyState
from coe.models import BusinessLine, User
from coe.registries import duties as duty_kinds

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Duty:
    """One thing a person owes.

    `kind` is the registered kind and `key` names the thing within it for this person (a public id, a line's code), so that the same
    duty is known again tomorrow. `title` is an imperative sentence, `note` says why or what happens otherwise; both are lazy, because
    they are read in the language of whoever is told. `due_at` None: as soon as possible. `url` is where the duty is done. `line`: whose
    work it is; people who lead that line see it, and nobody else does of a duty without one. `remind_days`: a notice is written that many
    days before it is due, and once more when it is overdue.
    """

    person_id: int
    kind: str
    key: str
    title: str | Promise
    url: str
    due_at: datetime | None = None
    line: BusinessLine | None = None
    remind_days: tuple[int, ...] = (7, 1)
    note: str | Promise = ""

    def state_at(self, at: datetime) -> DutyState:
        """Overdue from the instant it is due; soon for the week before."""
        if self.due_at is None:
            return DutyState.OPEN
        if self.due_at <= at:
            return DutyState.OVERDUE
        return DutyState.SOON if self.due_at <= at + SOON else DutyState.OPEN


class Provider(Protocol):
    """The duties of some people at an instant, in a number of queries that does not grow with people or duties."""

    def __call__(self, people: Collection[User], *, at: datetime) -> Iterable[Duty]: ...


@dataclass(frozen=True)
class DutyKind:
    """A registered kind. `label` names it where people choose what they get by e-mail."""

    label: str | Promise
    duties: Provider


def duties_of(people: Iterable[User], *, at: datetime) -> dict[int, list[Duty]]:
    """Person → duties, the earliest due first and those without a date last; a person who owes nothing has an empty list."""
    asked = [person for person in people if person.is_active]
    found: dict[int, list[Duty]] = {person.pk: [] for person in asked}
    if not asked:
        return found
    for kind in duty_kinds.values():
        for duty in kind.duties(asked, at=at):
            found[duty.person_id].append(duty)
    for owed in found.values():
        owed.sort(key=lambda duty: (duty.due_at is None, duty.due_at or at, duty.kind, duty.key))
    return found


def duties_on(duties: Iterable[Duty], line_ids: Collection[int]) -> list[Duty]:
    """Those of somebody's duties that may be told to a reader who sees these lines; duties of no line are the person's own."""
    return [duty for duty in duties if duty.line is not None and duty.line.pk in line_ids]
