"""The first answer to a write is kept for a day, so that a caller who heard nothing may ask again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from coe.errors import DomainError, Invalid
from coe.models import IdempotencyRecord

KEPT = timedelta(hours=24)
# A worker that died leaves a claim without an answer; no request takes this long.
ABANDONED = timedelta(minutes=10)


class InFlight(DomainError):
    """The first request with this key is still being worked on."""

    code = "in_flight"


def claim(*, principal: str, key: str, fingerprint: str, at: datetime) -> tuple[IdempotencyRecord, bool]:
    """The record of a key, and whether the caller is the first with it.

    :raises Invalid: the key was used for another request. :raises InFlight: the first one is not answered yet.
    """
    IdempotencyRecord.objects.filter(principal=principal, key=key, created_at__lte=at - KEPT).delete()
    IdempotencyRecord.objects.filter(
        principal=principal, key=key, status=None, created_at__lte=at - ABANDONED
    ).delete()
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(
                principal=principal, key=key, fingerprint=fingerprint, created_at=at
            ), True
    except IntegrityError:
        record = IdempotencyRecord.objects.filter(principal=principal, key=key).first()
    if record is None or (record.status is None and record.fingerprint == fingerprint):
        raise InFlight(_("The first request with this key is still being worked on. Ask again in a moment."))
    if record.fingerprint != fingerprint:
        raise Invalid.one(
            "Idempotency-Key",
            "key_reused",
            _("This key belongs to another request. Use a new key for a new request."),
        )
    return record, False


def answer(record: IdempotencyRecord, *, status: int, headers: Mapping[str, Any], body: str) -> None:
    """Keep the first answer."""
    record.status, record.headers, record.body = status, dict(headers), body
    record.save(update_fields=["status", "headers", "body"])


def release(record: IdempotencyRecord) -> None:
    """Forget a claim: the request failed in a way that a repeat may mend."""
    record.delete()
