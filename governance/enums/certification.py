"""What is looked at when an account is certified, and between certifications."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CheckKind(TextChoices):
    """What somebody looked at on the platform itself."""

    HANDLE = "handle", _("Handle and address")
    STATUS = "status", _("Is live and ours")


class CheckOutcome(TextChoices):
    """What they found."""

    RIGHT = "right", _("As recorded")
    WRONG = "wrong", _("Not as recorded")
    UNREACHABLE = "unreachable", _("Could not be reached")


class CertificationEnd(TextChoices):
    """Why a certification no longer stands."""

    STANDS = "", _("Stands")
    SUPERSEDED = "superseded", _("Certified again")
    CHANGED = "changed", _("Custody or owners changed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
