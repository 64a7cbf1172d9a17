"""What a person does with the notices in their own inbox. Reading leaves no trace in the change history."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from coe.models import Notice, User


@transaction.atomic
def mark_read(person: User, *, at: datetime, only: UUID | None = None) -> int:
    """Mark a person's unread notices as read (all, or `only` one); returns how many were. Twice is harmless.

    The count on the person is taken from the rows again, so that it heals whatever happened to it.
    """
    User.objects.select_for_update().get(pk=person.pk)
    unread = Notice.objects.filter(user=person, read_at__isnull=True)
    marked = (unread.filter(public_id=only) if only else unread).update(read_at=at, updated_at=at)
    left = Notice.objects.filter(user=person, read_at__isnull=True).count()
    User.objects.filter(pk=person.pk).update(unread_notices=left)
    return marked
