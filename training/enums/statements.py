"""Choices of xAPI statements."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class IdentifierKind(TextChoices):
    """By what an agent is recognised (xAPI Data 2.4.2.3)."""

    MBOX = "mbox", _("E-mail address")
    MBOX_SHA1SUM = "mbox_sha1sum", _("Digest of an e-mail address")
    OPENID = "openid", _("OpenID")
    ACCOUNT = "account", _("Account on a system")


class StatementEffect(TextChoices):
    """What a statement says of somebody's learning (`training.xapi.EffectKind`)."""

    COMPLETED = "completed", _("Completed")
    PASSED = "passed", _("Passed")
    WAIVED = "waived", _("Waived")
    FAILED = "failed", _("Failed")
    NONE = "none", _("Information only")


COUNTING = (StatementEffect.COMPLETED, StatementEffect.PASSED, StatementEffect.WAIVED)


class StatementState(TextChoices):
    """What became of a statement."""

    APPLIED = "applied", _("Counted")
    PARKED = "parked", _("Waits for a match")
    REFUSED = "refused", _("Cannot count")
    STORED = "stored", _("Kept as information")
