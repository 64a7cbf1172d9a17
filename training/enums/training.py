"""Choices of the training floor, and what may follow what."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CourseMode(TextChoices):
    """How a course can be taken."""

    SELF_PACED = "self_paced", _("Self-paced, with a quiz")
    SESSION = "session", _("Live session")
    EXTERNAL = "external", _("In another learning system")


class VersionState(TextChoices):
    """Life of a course version."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class QuestionKind(TextChoices):
    """How many answers of a question are right."""

    SINGLE = "single", _("One right answer")
    MULTIPLE = "multiple", _("Several right answers")


class CompletionSource(TextChoices):
    """Where the hub knows from that somebody completed a course."""

    QUIZ = "quiz", _("Quiz")
    SESSION = "session", _("Session")
    CSV = "csv", _("Imported file")
    XAPI = "xapi", _("Learning system (xAPI)")
    API = "api", _("Another system (API)")
    MANUAL = "manual", _("Entered by hand")
    WAIVER = "waiver", _("Waived")


class CertificateState(TextChoices):
    """What a certificate is worth at an instant; never stored, so that it is right to the minute."""

    VALID = "valid", _("Valid")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class SeatState(TextChoices):
    """Life of a seat in a session."""

    BOOKED = "booked", _("Booked")
    WAITING = "waiting", _("On the waiting list")
    ATTENDED = "attended", _("Attended")
    ABSENT = "absent", _("Absent")
    CANCELLED = "cancelled", _("Cancelled")


SEAT_TRANSITIONS: Mapping[SeatState, frozenset[SeatState]] = {
    SeatState.BOOKED: frozenset({SeatState.ATTENDED, SeatState.ABSENT, SeatState.CANCELLED}),
    SeatState.WAITING: frozenset({SeatState.BOOKED, SeatState.CANCELLED}),
    # Attendance is corrected both ways: a list is read wrongly, a late comer is found.
    SeatState.ATTENDED: frozenset({SeatState.ABSENT}),
    SeatState.ABSENT: frozenset({SeatState.ATTENDED}),
    SeatState.CANCELLED: frozenset({SeatState.BOOKED, SeatState.WAITING}),
}
# Seats that take a person's time: nobody holds two of them at once.
HELD_SEATS = (SeatState.BOOKED, SeatState.WAITING, SeatState.ATTENDED)


class LearningState(TextChoices):
    """Where a person stands with a course; in the order in which it presses."""

    OVERDUE = "overdue", _("Overdue")
    EXPIRED = "expired", _("Certificate expired")
    OPEN = "open", _("To be taken")
    RENEWABLE = "renewable", _("Can be renewed")
    DONE = "done", _("Certificate valid")
