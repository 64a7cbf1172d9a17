"""The clock of certificates: at the minute one ends, scores that rest on it are told. Its state needs no clock; it is never stored."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from training.models import Certificate
from training.services.certificates import EXPIRY
from training.services.completions import note_learners


def expired(batch: Sequence[Due], *, at: datetime) -> None:
    """Tell the lines of those whose certificates end. The subject is the certificate's public id."""
    ended = Certificate.objects.filter(public_id__in=[due.subject for due in batch], expires_at__lte=at)
    note_learners(ended.values_list("user_id", flat=True), at=at)


CERTIFICATE_EXPIRY = TimerKind(_("End of a certificate"), expired)
__all__ = ["CERTIFICATE_EXPIRY", "EXPIRY", "expired"]
