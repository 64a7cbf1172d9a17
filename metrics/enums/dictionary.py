"""Choices of the metric dictionary and of observations."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    """Which way is better."""

    UP = "up", _("higher")
    DOWN = "down", _("lower")
    NONE = "none", _("neither")


class TargetState(TextChoices):
    """What came of a target."""

    AHEAD = "ahead", _("not begun")
    RUNNING = "running", _("running")
    REACHED = "reached", _("reached")
    MISSED = "missed", _("missed")
    UNREPORTED = "unreported", _("no figure reported")
    ARCHIVED = "archived", _("taken away")


class Level(TextChoices):
    """What sort of result a metric speaks about (AMEC's levels, and our own governance figures)."""

    OUTPUT = "output", _("Output")
    OUTTAKE = "outtake", _("Out-take")
    OUTCOME = "outcome", _("Outcome")
    GOVERNANCE = "governance", _("Governance")


class Aggregation(TextChoices):
    """How values combine. `last` is a level such as followers: it sums over accounts and never over time."""

    LAST = "last", _("Last value")
    SUM = "sum", _("Sum")
    MEAN = "mean", _("Mean")
    RATIO = "ratio", _("Ratio")


class Subject(TextChoices):
    """What a metric is measured on."""

    ACCOUNT = "account", _("Account")
    LINE = "line", _("Line")


class Source(TextChoices):
    """How a value arrived."""

    IMPORT = "import", _("Import")
    API = "api", _("API")
    TYPED = "typed", _("Typed in")
