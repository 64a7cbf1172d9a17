"""The clock of exceptions: at its minute one ends, the lines it excused are judged again, and who asked for it is told."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from governance.services.exceptions import expire_exceptions


def expired(batch: Sequence[Due], *, at: datetime) -> None:
    """End the exceptions whose time has come. The subject is the exception's public id."""
    expire_exceptions([due.subject for due in batch], at=at)


EXCEPTION_EXPIRY = TimerKind(_("End of an exception"), expired)
