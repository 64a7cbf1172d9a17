"""What the metrics floor removes when a hub leaves its demo: all that was measured, aimed at and judged. Dictionary and rubrics stay."""

from django.db import DEFAULT_DB_ALIAS

from coe.models import User
from metrics import db
from metrics.models import (
    AccountMonth,
    DailyRollup,
    IndicatorReading,
    MaturityRun,
    Metric,
    Observation,
    ObservationRevision,
    RubricVersion,
    RunChunk,
    StageRow,
    Target,
    TargetStage,
    VerdictRow,
)

# Rows go before what they point at.
_EMPTIED = (
    ObservationRevision, Observation, DailyRollup, AccountMonth, Target, TargetStage, IndicatorReading, VerdictRow, StageRow, RunChunk,
    MaturityRun,
)  # fmt: skip


def leave() -> None:
    """Empty the tables, one statement each. Called inside the transaction of `coe.services.leaving`.

    An import that is under way comes before or after: what it stores refers to accounts that go in this transaction.
    """
    db.lock_writers()
    for model in _EMPTIED:
        model._default_manager.all()._raw_delete(using=DEFAULT_DB_ALIAS)
    demo = User.objects.filter(is_demo=True)
    Metric.objects.filter(owner__in=demo).update(owner=None)
    RubricVersion.objects.filter(published_by__in=demo).update(published_by=None)
