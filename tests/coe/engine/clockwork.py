"""A kind of timer that writes down what it did, for the tests of the engine."""

from contextlib import contextmanager

from coe.engine.kinds import TimerKind
from coe.models import Tag
from coe.registries import timer_kinds


@contextmanager
def registered(name, handle, *, check=None):
    """A kind that is known for the length of a test."""
    timer_kinds._items[name] = TimerKind(label=name, handle=handle, check=check)
    try:
        yield name
    finally:
        del timer_kinds._items[name]


def ring(batch, *, at):
    """Leaves one tag per firing; a firing that happened twice breaks the unique key."""
    Tag.objects.bulk_create([Tag(name=due.key, key=due.key) for due in batch])


def rung():
    """What has fired, by idempotency key."""
    return sorted(Tag.objects.values_list("key", flat=True))
