"""Tasks are wake-up calls: twice is harmless, and a lost one is found by the sweep."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from coe.enums.work import BatchState
from coe.models import BusinessLine, IdempotencyRecord, ImportBatch, Timer
from coe.rules.principals import Principal
from coe.services.import_runs import receive_import, stage_import
from coe.tasks import deliver_outbox, import_apply, import_resume, import_undo, prune

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
