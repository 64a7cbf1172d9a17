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


class Standing(TextChoices):
    """How an account's certification stands at an instant. All but the first two ask for a certification."""

    STANDS = "stands", _("Certified")
    SOON = "soon", _("Due soon")
    NEVER = "never", _("Never certified")
    REOPENED = "reopened", _("To certify again")
    OVERDUE = "overdue", _("Overdue")


# The account is certified; what is due soon may be renewed already.
VALID_STANDINGS = (Standing.STANDS, Standing.SOON)
STANDING_TONES = {
    Standing.STANDS: "good",
    Standing.SOON: "care",
    Standing.NEVER: "care",
    Standing.REOPENED: "bad",
    Standing.OVERDUE: "bad",
}


class Question(TextChoices):
    """What whoever certifies says of their own knowledge, because no record can."""

    NEEDED = "needed", _("The account is still needed, and does what its purpose says.")
    ACCESS = "access", _("Everybody who can get in is meant to, and nobody else can.")
    RECOVERY = "recovery", _("The recovery mailbox is read, and the owners can take the account back.")
    APPS = "apps", _("Tools and apps that are connected to the account are known and approved.")
    RULES = "rules", _("It is run by the policies that bind it.")


class CampaignAction(TextChoices):
    """Verbs that move a campaign."""

    START = "start", _("Start now")
    END = "end", _("End")
    CANCEL = "cancel", _("Call off")


# The kind of timer that starts a planned campaign at its instant; its subject is the campaign's public id.
STARTS = "certification.campaign"
