"""What says that the first figures, scores and targets are there."""

from typing import Any

from django.db.models import Exists, Q

from metrics.models import AccountMonth, Observation, StageRow, Target, TargetStage


def figures_reported() -> Any:
    """A figure of an account or of a line came in."""
    return Q(Exists(AccountMonth.objects.all())) | Q(Exists(Observation.objects.all()))


def programme_scored() -> Any:
    """A line has a stage; the programme of an empty hub has one too, of what the hub itself does."""
    return Exists(StageRow.objects.open().filter(line__isnull=False))


def target_set() -> Any:
    """A metric or a line has a target."""
    return Q(Exists(Target.objects.all())) | Q(Exists(TargetStage.objects.all()))
