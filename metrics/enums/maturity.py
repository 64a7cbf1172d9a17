"""Choices of rubrics, readings and runs. Verdicts, causes and standings are those of `metrics.scoring`, with words for people."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RubricState(TextChoices):
    """Life of a rubric version. A published one never changes."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class ReadingState(TextChoices):
    """What a collector could say. A line without any row for an indicator has an empty population: not applicable."""

    OK = "ok", _("Measured")
    NO_DATA = "no_data", _("No data")
    ERROR = "error", _("Error")


class VerdictChoice(TextChoices):
    """The eight verdicts, worded."""

    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")
    WARN = "warn", _("Pass, near the threshold")
    NO_DATA = "no_data", _("No data")
    STALE = "stale", _("Too old")
    ERROR = "error", _("Error")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    WAIVED = "waived", _("Waived")


class StandingChoice(TextChoices):
    """How a dimension, or the whole, stands."""

    REACHED = "reached", _("Reached")
    NOT_YET = "not_yet", _("Not yet")
    NOT_ASSESSED = "not_assessed", _("Not assessed")


class CauseChoice(TextChoices):
    """What made a verdict or a stage change."""

    FIRST = "first", _("First measured")
    RUBRIC = "rubric", _("Rubric")
    WAIVER = "waiver", _("Waiver")
    SCOPE = "scope", _("Scope")
    AGEING = "ageing", _("Ageing")
    EVIDENCE = "evidence", _("Evidence")


class ReasonChoice(TextChoices):
    """Why a verdict is what it is."""

    THRESHOLD_MET = "threshold_met", _("The threshold is met.")
    NEAR_THRESHOLD = "near_threshold", _("Met, but close to the threshold.")
    THRESHOLD_MISSED = "threshold_missed", _("The threshold is missed.")
    GUARD_FAILED = "guard_failed", _("An accompanying condition is not met.")
    GUARD_NO_DATA = "guard_no_data", _("Nothing is recorded for an accompanying condition.")
    GUARD_ERROR = "guard_error", _("An accompanying condition could not be measured.")
    NO_VALUE = "no_value", _("Nothing is recorded yet.")
    EMPTY_POPULATION = "empty_population", _("There is nothing here it could apply to.")
    NOT_APPLICABLE = "not_applicable", _("It does not apply here.")
    COLLECTOR_ERROR = "collector_error", _("It could not be measured; the hub was told.")
    BAD_DENOMINATOR = "bad_denominator", _("The measured values make no sense.")
    EVIDENCE_TOO_OLD = "evidence_too_old", _("The newest evidence is too old.")
    EVIDENCE_UNDATED = "evidence_undated", _("The evidence bears no date.")
    ATTESTED_YES = "attested_yes", _("Confirmed by a reviewed answer.")
    ATTESTED_NO = "attested_no", _("Denied by a reviewed answer.")
    NOT_ANSWERED = "not_answered", _("Nobody has answered yet.")
    AWAITING_REVIEW = "awaiting_review", _("The answer waits for its review.")
    ANSWER_EXPIRED = "answer_expired", _("The answer has expired.")
    ANSWER_UNKNOWN = "answer_unknown", _("The answer is not understood.")
    WAIVER = "waiver", _("A waiver holds.")
    WHAT_IF = "what_if", _("Assumed.")


class RunKind(TextChoices):
    """A full run measures every line; an incremental one what changed."""

    FULL = "full", _("Full")
    INCREMENTAL = "incremental", _("Incremental")


class RunState(TextChoices):
    """Life of a run."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ChunkState(TextChoices):
    """Life of a part of a run. A lease that ran out frees the part for another worker."""

    QUEUED = "queued", _("Queued")
    LEASED = "leased", _("Running")
    DONE = "done", _("Done")


class SilenceChoice(TextChoices):
    """Why the band of a cohort is not told, worded."""

    FEW = "few", _("not shown: fewer than 5 other lines have a score")
    DOMINATED = "dominated", _("not shown: one line has more than half of the accounts")
    NEIGHBOUR = "neighbour", _("not shown: beside a larger group it would tell of a few lines")
    CHANGED = "changed", _("not shown: other lines were scored then than are now")
