"""Notes on records. A note belongs to the line of its record, which decides who may read it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.enums.work import JournalKind
from coe.errors import Invalid
from coe.models import BusinessLine, JournalEntry
from coe.rules.principals import Actor
from coe.services.history import record

LONGEST = 5_000


@transaction.atomic
def add_note(
    subject: Any, *, body: str, by: Actor, at: datetime, kind: str = JournalKind.NOTE, why: str = ""
) -> JournalEntry:
    """Write a note on a record; the change history says that there is one, the journal what it says.

    :raises Invalid: the note is empty, too long, or written by no person.
    """
    body = body.strip()
    if not body or len(body) > LONGEST or "\x00" in body:
        raise Invalid.one("body", "out_of_range", _("Write a note of at most 5,000 characters."))
    if by.user_id is None:
        raise Invalid.one("author", "person_needed", _("Only a person writes in the journal."))
    entry = JournalEntry.objects.create(
        object_type=subject._meta.label_lower,
        object_id=subject.public_id,
        line_id=subject.pk if isinstance(subject, BusinessLine) else getattr(subject, "line_id", None),
        author_id=by.user_id,
        kind=kind,
        body=body,
        created_at=at,
        updated_at=at,
    )
    record("journal.added", subject, by=by, at=at, why=why)
    return entry
