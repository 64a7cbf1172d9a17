"""The records of measuring. One aggregate a file; import from here."""

from metrics.models.dictionary import Metric
from metrics.models.maturity import IndicatorReading, MaturityRun, RunChunk, StageRow, VerdictRow
from metrics.models.observations import AccountMonth, DailyRollup, Observation, ObservationRevision
from metrics.models.rubrics import RubricVersion
from metrics.models.targets import Target, TargetStage

__all__ = [
    "AccountMonth", "DailyRollup", "IndicatorReading", "MaturityRun", "Metric", "Observation", "ObservationRevision",
    "RubricVersion", "RunChunk", "StageRow", "Target", "TargetStage", "VerdictRow",
]  # fmt: skip
