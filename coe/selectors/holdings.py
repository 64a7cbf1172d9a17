"""What people hold, from what every app registers: what a leaver leaves behind, and who may take it on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from coe.models import BusinessLine, User
from coe.registries import holdings
from coe.rules.principals import Actor


@dataclass(frozen=True)
class Holding:
    """One thing a person holds. `key` names it within its kind (a public id); `label` and `url` tell it to people."""

    kind: str
    key: str
    person_id: int
    label: str
    url: str = ""
    line: BusinessLine | None = None

    @property
    def name(self) -> str:
        """What a form and the API call it."""
        return f"{self.kind}:{self.key}"


class Held(Protocol):
    """What some people hold of a kind at an instant, in a number of queries that does not grow with people or things."""

    def __call__(self, person_ids: Collection[int], *, at: datetime) -> Iterable[Holding]: ...


class HandOver(Protocol):
    """Gives things of a kind to a successor through the services of its app, in the caller's transaction."""

    def __call__(
        self, held: Sequence[Holding], *, successor: User, by: Actor, at: datetime, why: str
    ) -> None: ...


@dataclass(frozen=True)
class HoldingKind:
    """A registered kind. Without `hand_over` it is shown, and `note` says what becomes of it when the person leaves."""

    label: str | Promise
    held: Held
    hand_over: HandOver | None = None
    note: str | Promise = ""


@dataclass(frozen=True)
class HeldOfKind:
    """Everything one person holds of a kind."""

    code: str
    kind: HoldingKind
    rows: tuple[Holding, ...]

    @property
    def needs_successor(self) -> bool:
        """Whether somebody must take it on, or the hub be told that nobody does."""
        return self.kind.hand_over is not None


def holdings_of(person_ids: Collection[int], *, at: datetime) -> dict[int, list[HeldOfKind]]:
    """Person → what they hold, by kind; kinds of which they hold nothing are left out."""
    found: dict[int, list[HeldOfKind]] = {pk: [] for pk in person_ids}
    if not found:
        return found
    for code, kind in holdings.items():
        rows: dict[int, list[Holding]] = {}
        for one in kind.held(person_ids, at=at):
            rows.setdefault(one.person_id, []).append(one)
        for pk, held in rows.items():
            found[pk].append(HeldOfKind(code, kind, tuple(held)))
    return found


def left_behind(*, at: datetime) -> dict[int, list[HeldOfKind]]:
    """People who have left and still hold what somebody must take on → what that is."""
    gone = list(User.objects.filter(is_active=False).order_by("-left_on", "-id").values_list("pk", flat=True))
    found = {
        pk: [one for one in held if one.needs_successor] for pk, held in holdings_of(gone, at=at).items()
    }
    return {pk: held for pk, held in found.items() if held}
