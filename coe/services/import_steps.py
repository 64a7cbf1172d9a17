"""What people decide about an import between upload and undo. A worker does the rest."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.work import BatchState
from coe.errors import WrongState
from coe.models import ImportBatch
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.later import later
from coe.services.records import locked


@transaction.atomic
def ask_to_check(batch: ImportBatch, *, by: Actor, at: datetime, why: str = "") -> ImportBatch:
    """Let a worker read the file again after commit: lines or accounts it names may exist by now.

    :raises WrongState: it was applied, is under way, or was set aside.
    """
    batch = locked(batch)
    if batch.state not in (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.READY):
        raise WrongState(_("This import is past checking."))
    batch.state, batch.updated_at = BatchState.UPLOADED, at
    batch.summary["wants_apply"] = False
    batch.save()
    record("import.check_asked", batch, by=by, at=at, why=why, batch_id=batch.public_id)
    later("coe.import_apply", batch_id=batch.pk)
    return batch


@transaction.atomic
def ask_to_apply(batch: ImportBatch, *, by: Actor, at: datetime, why: str = "") -> ImportBatch:
    """Let a worker apply a checked import after commit.

    :raises WrongState: it is not ready.
    """
    batch = locked(batch)
    if batch.state != BatchState.READY or batch.is_dry_run:
        raise WrongState(
            _("Only a checked import that is no dry run can be applied; this one is: %(state)s.")
            % {"state": batch.get_state_display()}
        )
    batch.summary["wants_apply"] = True
    batch.updated_at = at
    batch.save()
    record("import.confirmed", batch, by=by, at=at, why=why, batch_id=batch.public_id)
    later("coe.import_apply", batch_id=batch.pk)
    return batch


@transaction.atomic
def discard_import(batch: ImportBatch, *, by: Actor, at: datetime, why: str = "") -> ImportBatch:
    """Set a checked import aside.

    :raises WrongState: it was applied or is under way.
    """
    batch = locked(batch)
    if batch.state not in (BatchState.MATCHING, BatchState.UPLOADED, BatchState.READY, BatchState.REFUSED):
        raise WrongState(_("An import that was begun cannot be discarded; undo it instead."))
    batch.state, batch.updated_at = BatchState.DISCARDED, at
    batch.save()
    record("import.discarded", batch, by=by, at=at, why=why, batch_id=batch.public_id)
    return batch
