"""What leaves the hub: rows written with the change that causes them, sent by a worker, settled in the row."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q

from coe.enums.work import OutboxState
from coe.models import Notice, OutboxMessage, User
from coe.services.later import later

EMAIL, INBOX = "email", "inbox"
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """One message to one person. The same `key` a second time is the same message.

    `suppressed`: why it is written down and not sent. An e-mail of a kind the person turned off is suppressed by itself.
    """

    key: str
    channel: str
    recipient: User
    kind: str
    subject: str
    body: str = ""
    url: str = ""
    not_before: datetime | None = None
    suppressed: str = ""


@transaction.atomic
def enqueue_many(messages: Iterable[Message], *, at: datetime) -> int:
    """Write messages in a constant number of statements (per 1,000); returns how many are new. Notices are in the inbox at once."""
    fresh = {message.key[:160]: message for message in reversed(list(messages))}
    rows = [_row(key, fresh[key], at=at) for key in sorted(fresh)]
    OutboxMessage.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    # Another transaction may have written a key first; what is ours carries the public id given out here.
    stored: set[UUID] = set()
    for start in range(0, len(rows), 1000):
        part = [row.key for row in rows[start : start + 1000]]
        stored.update(OutboxMessage.objects.filter(key__in=part).values_list("public_id", flat=True))
    new = [row for row in rows if row.public_id in stored]
    notices = [
        Notice(user_id=row.recipient_id, kind=row.kind, **row.payload, created_at=at, updated_at=at)
        for row in new
        if row.channel == INBOX and row.state == OutboxState.SENT
    ]
    Notice.objects.bulk_create(notices, batch_size=1000)
    unread: dict[int, list[int]] = defaultdict(list)
    for user_id, count in Counter(notice.user_id for notice in notices).items():
        unread[count].append(user_id)
    for count, user_ids in sorted(unread.items()):
        User.objects.filter(pk__in=user_ids).update(unread_notices=F("unread_notices") + count)
    if any(row.state == OutboxState.PENDING for row in new):
        later("coe.deliver_outbox")
    return len(new)


def _row(key: str, message: Message, *, at: datetime) -> OutboxMessage:
    is_inbox = message.channel == INBOX
    why = message.suppressed
    if not is_inbox and message.kind in message.recipient.muted_mail:
        why = why or "turned off by the recipient"
    state = OutboxState.SENT if is_inbox else OutboxState.PENDING
    return OutboxMessage(
        key=key, channel=message.channel, recipient=message.recipient, kind=message.kind,
        payload={"subject": message.subject[:200], "body": message.body, "url": message.url[:300]},
        not_before=message.not_before or at, state=OutboxState.SUPPRESSED if why else state, note=why[:300],
        sent_at=at if is_inbox and not why else None, created_at=at, updated_at=at,
    )  # fmt: skip


@transaction.atomic
def enqueue(
    *,
    key: str,
    channel: str,
    recipient: User,
    kind: str,
    subject: str,
    at: datetime,
    body: str = "",
    url: str = "",
    not_before: datetime | None = None,
) -> OutboxMessage:
    """Write one message to one person; the same key a second time is the same message. A notice for the inbox is there at once."""
    message = Message(key, channel, recipient, kind, subject, body, url, not_before)
    enqueue_many([message], at=at)
    return OutboxMessage.objects.get(key=key[:160])


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Send the e-mails that are due; returns how many went out.

    Each is leased by a conditional update first, so two workers never send one message. A worker that dies after the server took a
    message leaves it leased; it is then marked uncertain rather than sent again without end.
    """
    due = OutboxMessage.objects.filter(channel=EMAIL, not_before__lte=at).filter(
        Q(state=OutboxState.PENDING) | Q(state=OutboxState.LEASED, lease_until__lte=at)
    )
    sent = 0
    for message in due.select_related("recipient").order_by("not_before", "id")[:limit]:
        sent += _deliver(message, at=at)
    return sent


def _deliver(message: OutboxMessage, *, at: datetime) -> int:
    taken = OutboxMessage.objects.filter(
        pk=message.pk, state=message.state, attempts=message.attempts
    ).update(state=OutboxState.LEASED, lease_until=at + LEASE, attempts=message.attempts + 1)
    if not taken:
        return 0
    attempts = message.attempts + 1
    if message.recipient is None or not message.recipient.is_active:
        _settle(message, state=OutboxState.SUPPRESSED, at=at, note="no active recipient")
        return 0
    if message.state == OutboxState.LEASED:
        _settle(message, state=OutboxState.UNCERTAIN, at=at, note="a worker stopped while sending")
        return 0
    text = message.payload.get("body", "")
    if message.payload.get("url"):
        text = f"{text}\n\n{message.payload['url']}"
    email = EmailMessage(
        message.payload.get("subject", ""),
        text,
        to=[message.recipient.email],
        headers={"Message-ID": f"<{message.public_id}@coe-hub>"},
    )
    try:
        email.send()
    except Exception as error:
        log.warning("mail_failed", message=str(message.public_id), error=str(error))
        state = OutboxState.FAILED if attempts >= MOST_ATTEMPTS else OutboxState.PENDING
        again = at + timedelta(seconds=30 * 2**attempts)
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=state, not_before=again, note=str(error)[:300], updated_at=at
        )
        return 0
    _settle(message, state=OutboxState.SENT, at=at, note="")
    return 1


def _settle(message: OutboxMessage, *, state: OutboxState, at: datetime, note: str) -> None:
    sent_at = at if state == OutboxState.SENT else None
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=state, sent_at=sent_at, lease_until=None, note=note, updated_at=at
    )
