"""What leaves the hub: rows written with the change that causes them, sent by a worker, settled in the row."""

from datetime import datetime, timedelta
from typing import Any

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
    payload: dict[str, Any] = {"subject": subject[:200], "body": body, "url": url[:300]}
    is_inbox = channel == INBOX
    message, is_new = OutboxMessage.objects.get_or_create(
        key=key[:160],
        defaults={
            "channel": channel, "recipient": recipient, "kind": kind, "payload": payload, "not_before": not_before or at,
            "state": OutboxState.SENT if is_inbox else OutboxState.PENDING, "sent_at": at if is_inbox else None,
            "created_at": at, "updated_at": at,
        },
    )  # fmt: skip
    if not is_new:
        return message
    if is_inbox:
        Notice.objects.create(
            user=recipient,
            kind=kind,
            subject=subject[:200],
            body=body,
            url=url[:300],
            created_at=at,
            updated_at=at,
        )
        User.objects.filter(pk=recipient.pk).update(unread_notices=F("unread_notices") + 1)
    else:
        later("coe.deliver_outbox")
    return message


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
