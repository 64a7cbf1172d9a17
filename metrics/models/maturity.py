"""What was measured and judged, as change events: a row is written when something changes and closed when it changes again.

The row with `known_until` null is the present; "as of" an instant is the row known then. Nobody rewrites a closed row: a late
correction is a new one. A line null stands for the programme.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record
from metrics.enums.maturity import ChunkState, ReadingState, RunKind, RunState, StandingChoice, VerdictChoice
from metrics.models.rubrics import RubricVersion


class KnownQuerySet(models.QuerySet["models.Model"]):
    """Words about rows with `known_from` and `known_until`."""

    def open(self) -> "KnownQuerySet":
        """What is known now."""
        return self.filter(known_until__isnull=True)

    def known(self, at: datetime | None) -> "KnownQuerySet":
        """What was known at an instant (None: now)."""
        if at is None:
            return self.open()
        return self.filter(Q(known_until__isnull=True) | Q(known_until__gt=at), known_from__lte=at)


class MaturityRun(Record):
    """One computation of scores."""

    kind = models.CharField(_("kind"), max_length=12, choices=RunKind.choices)
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices, default=RunState.QUEUED)
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, related_name="runs", verbose_name=_("rubric"))
    as_of = models.DateField(_("as of"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("claimed until"), null=True, editable=False)
    chunks_total = models.PositiveIntegerField(_("parts"), default=0)
    chunks_done = models.PositiveIntegerField(_("parts done"), default=0)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    changed = models.PositiveIntegerField(_("verdicts changed"), default=0)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    digest_before = models.CharField(_("digest before"), max_length=64, blank=True)
    requested_by_label = models.CharField(_("requested by"), max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # The database itself refuses the second full run of two that start in the same instant.
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind=RunKind.FULL, state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="full_run_alone",
            ),
        ]
        verbose_name = _("maturity run")
        verbose_name_plural = _("maturity runs")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.as_of}"


class RunChunk(models.Model):
    """A part of a full run: the lines it measures. Claimed by a conditional update, so that two workers never share one."""

    run = models.ForeignKey(MaturityRun, models.CASCADE, related_name="chunks", verbose_name=_("run"))
    index = models.PositiveIntegerField(_("place"))
    line_ids = models.JSONField(_("lines"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=ChunkState.choices, default=ChunkState.QUEUED)
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        ordering = ["run", "index"]
        constraints = [models.UniqueConstraint(fields=["run", "index"], name="run_chunk_once")]
        verbose_name = _("part of a run")
        verbose_name_plural = _("parts of runs")

    def __str__(self) -> str:
        return f"{self.run_id}/{self.index}"


class IndicatorReading(models.Model):
    """What one indicator measured over a line's OWN records (line null: measured once for the programme)."""

    line = models.ForeignKey(
        BusinessLine, models.CASCADE, null=True, related_name="+", verbose_name=_("line")
    )
    indicator = models.CharField(_("indicator"), max_length=60)
    numerator = models.BigIntegerField(_("numerator"), null=True)
    denominator = models.BigIntegerField(_("denominator"), null=True)
    value_numerator = models.BigIntegerField(_("numerator of the value"), null=True)
    value_denominator = models.BigIntegerField(_("denominator of the value"), null=True)
    records = models.PositiveIntegerField(_("records"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=ReadingState.choices, default=ReadingState.OK)
    evidence_on = models.DateField(_("evidence of"), null=True)
    detail = models.JSONField(_("details"), default=dict)
    known_from = models.DateTimeField(_("known from"))
    known_until = models.DateTimeField(_("known until"), null=True)
    fresh_at = models.DateTimeField(_("measured last"))

    objects = KnownQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "indicator"],
                condition=Q(known_until__isnull=True, line__isnull=False),
                name="reading_open_once",
            ),
            models.UniqueConstraint(
                fields=["indicator"],
                condition=Q(known_until__isnull=True, line__isnull=True),
                name="reading_programme_open_once",
            ),
        ]
        indexes = [models.Index(fields=["line", "indicator", "known_from"], name="reading_history")]
        verbose_name = _("reading")
        verbose_name_plural = _("readings")

    def __str__(self) -> str:
        return f"{self.line_id} {self.indicator}"


class VerdictRow(models.Model):
    """The verdict on one criterion for a line's whole subtree (line null: for the programme)."""

    line = models.ForeignKey(
        BusinessLine, models.CASCADE, null=True, related_name="+", verbose_name=_("line")
    )
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, related_name="+", verbose_name=_("rubric"))
    criterion = models.CharField(_("criterion"), max_length=40)
    verdict = models.CharField(_("verdict"), max_length=16, choices=VerdictChoice.choices)
    numerator = models.BigIntegerField(_("numerator"), null=True)
    denominator = models.BigIntegerField(_("denominator"), null=True)
    value_numerator = models.BigIntegerField(_("numerator of the value"), null=True)
    value_denominator = models.BigIntegerField(_("denominator of the value"), null=True)
    reason = models.CharField(_("reason"), max_length=24)
    evidence_on = models.DateField(_("evidence of"), null=True)
    detail = models.JSONField(_("details"), default=dict)
    known_from = models.DateTimeField(_("known from"))
    known_until = models.DateTimeField(_("known until"), null=True)
    run = models.ForeignKey(MaturityRun, models.SET_NULL, null=True, related_name="+", verbose_name=_("run"))

    objects = KnownQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "rubric", "criterion"],
                condition=Q(known_until__isnull=True, line__isnull=False),
                name="verdict_open_once",
            ),
            models.UniqueConstraint(
                fields=["rubric", "criterion"],
                condition=Q(known_until__isnull=True, line__isnull=True),
                name="verdict_programme_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "known_from"], name="verdict_history"),
            models.Index(
                fields=["criterion", "verdict"], name="verdict_now", condition=Q(known_until__isnull=True)
            ),
        ]
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")

    def __str__(self) -> str:
        return f"{self.line_id} {self.criterion} {self.verdict}"


class StageRow(models.Model):
    """The stage of one dimension, or of the whole (dimension ""). `causes` says what made it differ from the row before."""

    line = models.ForeignKey(
        BusinessLine, models.CASCADE, null=True, related_name="+", verbose_name=_("line")
    )
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, related_name="+", verbose_name=_("rubric"))
    dimension = models.CharField(_("dimension"), max_length=40, blank=True)
    standing = models.CharField(
        _("standing"), max_length=12, choices=StandingChoice.choices, default=StandingChoice.NOT_ASSESSED
    )
    level_index = models.SmallIntegerField(_("index of the level"), default=-1)
    # Levels gained since the row before (lost: below 0; none before: 0), so that "what moved" is an index and no comparison.
    rise = models.SmallIntegerField(_("levels gained"), default=0)
    score_tenths = models.SmallIntegerField(_("score in tenths"), null=True)
    met = models.PositiveSmallIntegerField(_("criteria met"), default=0)
    applicable = models.PositiveSmallIntegerField(_("criteria that apply"), default=0)
    waived = models.PositiveSmallIntegerField(_("criteria waived"), default=0)
    causes = models.JSONField(_("causes"), default=list)
    known_from = models.DateTimeField(_("known from"))
    known_until = models.DateTimeField(_("known until"), null=True)

    objects = KnownQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "rubric", "dimension"],
                condition=Q(known_until__isnull=True, line__isnull=False),
                name="stage_open_once",
            ),
            models.UniqueConstraint(
                fields=["rubric", "dimension"],
                condition=Q(known_until__isnull=True, line__isnull=True),
                name="stage_programme_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "dimension", "known_from"], name="stage_history"),
            models.Index(fields=["known_from"], name="stage_moved"),
            models.Index(
                fields=["known_from", "id"],
                name="stage_rose_or_fell",
                condition=~Q(rise=0) & Q(line__isnull=False),
            ),
        ]
        verbose_name = _("stage")
        verbose_name_plural = _("stages")

    def __str__(self) -> str:
        return f"{self.line_id} {self.dimension or '*'} {self.level_index}"
