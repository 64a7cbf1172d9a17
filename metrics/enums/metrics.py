"""Choices of the metric dictionary and of observations."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    """Which way is better."""

    UP = "up", _("Higher is better")
    DOWN = "down", _("Lower is better")
    NONE = "none", _("Neither")


class MetricLevel(TextChoices):
    """How far along the way from what we do to what it changes (GCS, AMEC)."""

    OUTPUT = "output", _("Output")
    OUTTAKE = "outtake", _("Out-take")
    OUTCOME = "outcome", _("Outcome")
    GOVERNANCE = "governance", _("Governance")


class Aggregation(TextChoices):
    """How values combine over subjects and over time. `last` never adds up over time; a ratio never averages its quotients."""

    LAST = "last", _("Level: sum over accounts, last over time")
    SUM = "sum", _("Flow: sum over accounts and time")
    MEAN = "mean", _("Mean")
    RATIO = "ratio", _("Ratio of sums")


class Subject(TextChoices):
    """What is observed."""

    ACCOUNT = "account", _("Account")
    LINE = "line", _("Line")


class ObservationSource(TextChoices):
    """How an observation came in."""

    IMPORT = "import", _("Import")
    API = "api", _("API")
    TYPED = "typed", _("Typed in")


class Step(TextChoices):
    """The width of a point in a series."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
