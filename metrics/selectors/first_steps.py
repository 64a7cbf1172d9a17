"""What says that the first figures, scores and targets are there."""

from typing import Any

from django.db.models import Exists, Q

from metrics.models import AccountMonth, Observation, StageRow, Target, TargetStage


def figures_reported() -> Any:
    """A figure of an account or of a line came in."""
    return Q(Exists(AccountMonth.objects.all())) | Q(Exists(Observation.objects.all()))


def programme_scored() -> Any:
    """The programme has a stage."""
    return Exists(StageRow.objects.open().filter(line__isnull=True))


def target_set() -> Any:
    """A metric or a line has a target."""
    return Q(Exists(Target.objects.all())) | Q(Exists(TargetStage.objects.all()))
