"""Imports: check, apply, resume, undo."""

from celery import shared_task
from django.utils import timezone

from coe.enums.work import BatchState
from coe.errors import AlreadyRunning, WrongState
from coe.models import ImportBatch, User
from coe.rules.principals import actor_of
from coe.selectors.imports import unfinished_imports
from coe.services.import_failing import give_up, is_exhausted
from coe.services.import_runs import carry_on
from coe.services.undo import undo_actor, undo_import


@shared_task(name="coe.import_apply")
def import_apply(*, batch_id: int, **_future: object) -> None:
    """Do the next thing an import waits for. Twice is harmless: rows are upserts, and a lease keeps workers apart."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        return
    try:
        carry_on(batch, at=timezone.now())
    except (AlreadyRunning, WrongState):
        return


@shared_task(name="coe.import_resume")
def import_resume(**_future: object) -> None:
    """Go on with what a crash or a lost message left behind, or give up. Twice is harmless for the same reason."""
    at = timezone.now()
    for batch in unfinished_imports(at=at):
        try:
            if is_exhausted(batch):
                give_up(batch, at=at)
            else:
                carry_on(batch, at=at)
        except (AlreadyRunning, WrongState):
            continue
    for batch in ImportBatch.objects.filter(state=BatchState.UNDOING, lease_until__lte=at)[:5]:
        try:
            undo_import(batch, by=undo_actor(batch), at=at)
        except (AlreadyRunning, WrongState):
            continue


@shared_task(name="coe.import_undo")
def import_undo(*, batch_id: int, user_id: int | None = None, **_future: object) -> None:
    """Take an import back. Twice is harmless: what was undone has no effect left to undo."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    user = User.objects.filter(pk=user_id).first() if user_id else None
    if batch is None:
        return
    try:
        undo_import(batch, by=actor_of(user) if user else undo_actor(batch), at=timezone.now())
    except (AlreadyRunning, WrongState):
        return
