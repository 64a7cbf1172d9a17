"""An import that failed again and again: it is given up, and somebody learns of it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _, override

from coe.enums.work import BatchState
from coe.models import ImportBatch, User
from coe.rules.principals import Actor
from coe.selectors.posts import administrators
from coe.services.history import record
from coe.services.outbox import INBOX, Message, enqueue_many
from coe.services.records import locked

MOST_ATTEMPTS = 5


def is_exhausted(batch: ImportBatch) -> bool:
    """Whether an import was tried as often as it may be."""
    return bool(batch.summary.get("attempts", 0) >= MOST_ATTEMPTS)


@transaction.atomic
def give_up(batch: ImportBatch, *, at: datetime) -> bool:
    """Fail an import that was tried too often, with the reason, and tell who sent it, else the administrators.

    Rows that were committed stay; sent again, the file finds them unchanged, and undo takes them back. Safe twice: the second
    call finds it failed. False when there is nothing to give up.
    """
    batch = locked(batch)
    under_way = (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.READY, BatchState.APPLYING)
    is_held = batch.lease_until is not None and batch.lease_until > at
    if batch.state not in under_way or is_held or not is_exhausted(batch):
        return False
    reason = batch.error or _("The worker was stopped each time.")
    batch.state, batch.error, batch.lease_until = BatchState.FAILED, reason, None
    batch.finished_at = batch.updated_at = at
    batch.revision += 1
    batch.save()
    record("import.failed", batch, by=Actor.system("imports"), at=at, why=reason, batch_id=batch.public_id)
    sender = batch.by if batch.by is not None and batch.by.is_active else None
    enqueue_many(
        [_told(batch, person, reason) for person in ([sender] if sender else administrators(at=at))], at=at
    )
    return True


def _told(batch: ImportBatch, person: User, reason: str) -> Message:
    with override(person.language):
        return Message(
            key=f"import.failed:{batch.pk}:{person.pk}", channel=INBOX, recipient=person, kind="import.failed",
            subject=_("The import of %(file)s failed") % {"file": batch.file_name},
            body=_(
                "It was tried %(attempts)s times and given up. The last error: %(reason)s Rows stored so far: %(rows)s. When the "
                "cause is gone, send the file again: what is stored will be unchanged. Or undo the import."
            )
            % {"attempts": MOST_ATTEMPTS, "reason": reason, "rows": batch.created + batch.updated},
            url=reverse("import-detail", args=[batch.public_id]),
        )  # fmt: skip
