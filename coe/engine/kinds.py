"""What a kind of timer is: a handler over a batch, and what may be said against it first. Registered in `coe.registries.timer_kinds`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise


@dataclass(frozen=True)
class Due:
    """One timer whose time has come, as its handler sees it. `due_at` is when it should have fired; now is the handler's `at`."""

    kind: str
    subject: str
    epoch: int
    due_at: datetime

    @property
    def key(self) -> str:
        """An idempotency key for what this firing causes: the same however often it is tried."""
        return f"{self.kind}:{self.subject}:{self.epoch}"


class Check(Protocol):
    """Asked before the handler, in its transaction. Returns subject → why its timer is suppressed."""

    def __call__(self, batch: Sequence[Due], *, at: datetime) -> Mapping[str, str]: ...


class Handle(Protocol):
    """Does what the timers stand for, set-based over the batch, in one transaction with their settling.

    Returns subject → the next instant for timers that go on (later than `due_at`), or None. It may set and cancel timers of other
    subjects and kinds, and must not set its own. It sends nothing itself: what leaves the hub goes into the outbox.
    """

    def __call__(self, batch: Sequence[Due], *, at: datetime) -> Mapping[str, datetime] | None: ...


@dataclass(frozen=True)
class TimerKind:
    """A registered kind. `label` names it to people."""

    label: str | Promise
    handle: Handle
    check: Check | None = None
