"""Choices of the ground: history, outbox, imports."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _, pgettext_lazy


class ActorKind(TextChoices):
    """Who acted."""

    USER = "user", _("Person")
    TOKEN = "token", _("Service token")
    SYSTEM = "system", _("System")


class OutboxState(TextChoices):
    """Life of a message that leaves the hub."""

    PENDING = "pending", _("Pending")
    LEASED = "leased", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Suppressed")
    UNCERTAIN = "uncertain", _("Uncertain")


class TimerState(TextChoices):
    """Life of a timer. Whoever sets it to another instant starts it again, in whatever state it is."""

    WAITING = "waiting", _("Waiting")
    CLAIMED = "claimed", _("Being handled")
    DONE = "done", _("Done")
    SUPPRESSED = "suppressed", _("Suppressed")
    CANCELLED = "cancelled", _("Cancelled")
    QUARANTINED = "quarantined", _("In quarantine")


class DutyState(TextChoices):
    """How urgent a duty is: late, due within a week, or later (and what has no date)."""

    OVERDUE = "overdue", _("Overdue")
    SOON = "soon", _("Due soon")
    OPEN = "open", pgettext_lazy("state of a duty", "Open")


class BatchState(TextChoices):
    """Life of an import."""

    MATCHING = "matching", _("Waiting for its columns")
    UPLOADED = "uploaded", _("Uploaded")
    VALIDATING = "validating", _("Validating")
    READY = "ready", _("Ready to apply")
    APPLYING = "applying", _("Applying")
    APPLIED = "applied", _("Applied")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    DISCARDED = "discarded", _("Discarded")


class RowOutcome(TextChoices):
    """What became of one input row."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    SKIPPED = "skipped", _("Skipped")
    REJECTED = "rejected", _("Rejected")


class Theme(TextChoices):
    """Light, dark, or what the reader's system says."""

    AUTO = "auto", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class JournalKind(TextChoices):
    """What a journal entry is."""

    NOTE = "note", _("Note")
    DECISION = "decision", _("Decision")
    WARNING = "warning", _("Warning")
