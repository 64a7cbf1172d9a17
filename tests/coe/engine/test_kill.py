"""`kill -9` of a worker at each commit boundary of a tick: nothing is lost, nothing is repeated, nothing is half done."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from coe.engine.ticking import Ticked, tick
from coe.models import Notice, OutboxMessage, Tag, Timer, User
from coe.models.timers import LEASE
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.timers import set_timers
from tests.coe.engine.clockwork import registered
from tests.factories import AT, UserFactory
from tests.house.tree import ROOT

HOUR = timedelta(hours=1)
_WORKER = """
import os, signal, sys
import django
django.setup()
from coe.engine.claims import claim_due
from coe.engine.ticking import tick
from tests.coe.engine.clockwork import registered
from tests.coe.engine.test_kill import letter
from tests.factories import AT

place = sys.argv[1]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def handle(batch, *, at):
    found = letter(batch, at=at)
    if place == "before the commit":
        die()
    return found

with registered("letter", handle):
    if place == "after the claim":
        claim_due(at=AT, limit=10)
        die()
    tick(at=AT)
    die()
"""


def letter(batch, *, at):
    """A handler that does all a handler may: a row of its own, a message, a timer of another subject, its next instant."""
    Tag.objects.bulk_create([Tag(name=due.key, key=due.key) for due in batch])
    person = User.objects.get()
    enqueue_many([Message(due.key, INBOX, person, "letter", due.subject) for due in batch], at=at)
    set_timers(
        "letter", due={f"{due.subject}+": at + 2 * HOUR for due in batch if "+" not in due.subject}, at=at
    )
    return {due.subject: due.due_at + HOUR for due in batch}


def _run_to_death(place):
    wanted = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**wanted)
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-W", "ignore", "-c", _WORKER, place]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == -signal.SIGKILL, result.stderr


@pytest.mark.postgres
@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("place", "fires"), [("after the claim", 3), ("before the commit", 3), ("after the commit", 0)]
)
def test_a_killed_worker_loses_and_repeats_nothing(place, fires):
    UserFactory()
    with registered("letter", letter):
        set_timers("letter", due=dict.fromkeys("abc", AT), at=AT)
        _run_to_death(place)

        assert (Tag.objects.count(), Notice.objects.count()) == ((0, 0) if fires else (3, 3))
        assert tick(at=AT) == Ticked()
        assert tick(at=AT + LEASE) == Ticked(fired=fires)

    keys = [f"letter:{name}:1" for name in "abc"]
    assert sorted(Tag.objects.values_list("key", flat=True)) == keys
    assert sorted(OutboxMessage.objects.values_list("key", flat=True)) == keys
    assert Notice.objects.count() == 3
    waiting = Timer.objects.order_by("subject").values_list("subject", "epoch", "state")
    assert list(waiting) == [
        (name, 1 if "+" in name else 2, "waiting") for name in ("a", "a+", "b", "b+", "c", "c+")
    ]
