"""Tasks are wake-up calls: twice is harmless, and a lost one is found by the sweep."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from coe.enums.work import BatchState
from coe.models import (
    BusinessLine,
    ChangeEvent,
    IdempotencyRecord,
    ImportBatch,
    RoleAssignment,
    Timer,
    User,
)
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import receive_import, stage_import
from coe.services.undo import ask_to_undo
from coe.tasks import deliver_outbox, import_apply, import_resume, import_undo, prune
from tests.factories import LineFactory

pytestmark = pytest.mark.django_db
ROOT = Principal.system("test")
LINES = b"code,name\nEU,Europe\nUS,States\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def receive(at):
    return receive_import(
        io.BytesIO(LINES), kind="lines", principal=ROOT, at=at, file_name="a.csv", wants_apply=True
    )


def test_an_import_is_checked_and_applied_once_and_undone_once():
    batch = receive(timezone.now())

    for _twice in range(2):
        import_apply(batch_id=batch.pk, from_the_future=1)
        batch.refresh_from_db()
        assert (batch.state, batch.created, BusinessLine.objects.count()) == (BatchState.APPLIED, 2, 2)
    for _twice in range(2):
        import_undo(batch_id=batch.pk)
        batch.refresh_from_db()
        assert (batch.state, BusinessLine.objects.count()) == (BatchState.UNDONE, 0)
    import_apply(batch_id=0)


def test_an_undo_goes_on_where_a_worker_was_killed_and_is_done_once():
    """The roles are taken back and committed, then the worker dies over the people: nobody touches them until its lease is over."""
    now = timezone.now()
    LineFactory(code="EU")
    people = b"email,name,role,line\nada@example.com,Ada,viewer,EU\nbob@example.com,Bob,viewer,EU\n"
    batch = receive_import(
        io.BytesIO(people), kind="people", principal=ROOT, at=now, file_name="a.csv", wants_apply=True
    )
    import_apply(batch_id=batch.pk)
    batch.refresh_from_db()
    ask_to_undo(batch, by=Actor("user", "k", "Ada"), at=now)

    def killed(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "coe_user"'):
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(killed), pytest.raises(KeyboardInterrupt):
        import_undo(batch_id=batch.pk)
    half = (RoleAssignment.objects.count(), User.objects.count())
    # A process that is killed does not give its lease back.
    ImportBatch.objects.filter(pk=batch.pk).update(lease_until=now + timedelta(minutes=5))
    import_resume()
    import_undo(batch_id=batch.pk)
    waits = User.objects.count()
    ImportBatch.objects.filter(pk=batch.pk).update(lease_until=now - timedelta(seconds=1))
    for _twice in range(2):
        import_resume()
        import_undo(batch_id=batch.pk)

    batch.refresh_from_db()
    undone = ChangeEvent.objects.filter(action="import.undone")
    assert (half, waits) == ((0, 2), 2)
    assert (batch.state, RoleAssignment.objects.count(), User.objects.count()) == (BatchState.UNDONE, 0, 0)
    assert [event.actor_label for event in undone] == ["Ada"]
    assert not batch.effects.exists()


def test_the_sweep_finds_an_import_whose_message_was_lost():
    batch = receive(timezone.now() - timedelta(minutes=5))

    for _twice in range(2):
        import_resume()

    batch.refresh_from_db()
    assert (batch.state, batch.created) == (BatchState.APPLIED, 2)


def test_prune_deletes_old_keys_and_files_and_keeps_young_ones(tmp_path):
    now = timezone.now()
    for age in (1, 25):
        IdempotencyRecord.objects.create(
            principal="p", key=str(age), fingerprint="f", created_at=now - timedelta(hours=age)
        )
        Timer.objects.create(
            kind="bell", subject=str(age), due_at=now, state="done", settled_at=now - timedelta(days=age * 20)
        )
    old, young = (
        stage_import(io.BytesIO(LINES), kind="lines", principal=ROOT, at=at)
        for at in (now - timedelta(days=40), now)
    )

    for _twice in range(2):
        prune()
        deliver_outbox()

    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["1"]
    assert list(Timer.objects.values_list("subject", flat=True)) == ["1"]
    assert [path.name for path in (tmp_path / "imports").iterdir()] == [str(young.public_id)]
    assert ImportBatch.objects.get(pk=old.pk).stored_path == ""
