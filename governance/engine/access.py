"""The clock of access: each grant is looked at when the first thing it rests on ends, and once a day at least."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from coe.engine.kinds import Due, TimerKind
from governance.services.grants import examine


def looked_at(batch: Sequence[Due], *, at: datetime) -> Mapping[str, datetime]:
    """Ask back what lost its ground; the others are looked at again. The subject is the grant's public id."""
    return examine([due.subject for due in batch], at=at)


ACCESS_EXPIRY = TimerKind(_("End of access to an account"), looked_at)
