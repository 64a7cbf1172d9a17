"""Observations: one value of one metric for one subject on one day, exact, with what it was before; and what is kept beside them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, ImportBatch, SocialAccount
from metrics.enums.dictionary import Source
from metrics.models.dictionary import Metric


class Observation(models.Model):
    """A missing day has no row: missing is missing, never zero.

    Account, line and metric have no index of their own: each begins one of the indexes below, and a million new rows pay for
    every index they enter. Nor has the database a constraint for them: it would ask for each row what `metrics.services.storing`
    asks and locks once a chunk (docs/adr/0007-references-checked-by-the-chunk.md).
    """

    account = models.ForeignKey(
        SocialAccount, models.PROTECT, null=True, related_name="observations", verbose_name=_("account"), db_index=False,
        db_constraint=False,
    )  # fmt: skip
    line = models.ForeignKey(
        BusinessLine,
        models.PROTECT,
        null=True,
        related_name="observations",
        verbose_name=_("line"),
        db_index=False,
        db_constraint=False,
    )
    metric = models.ForeignKey(
        Metric, models.PROTECT, related_name="observations", verbose_name=_("metric"), db_index=False, db_constraint=False
    )  # fmt: skip
    on = models.DateField(_("date"))
    value = models.BigIntegerField(_("value"), null=True)
    numerator = models.BigIntegerField(_("numerator"), null=True)
    denominator = models.BigIntegerField(_("denominator"), null=True)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.IMPORT)
    batch = models.ForeignKey(
        ImportBatch,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("import"),
        db_constraint=False,
    )
    observed_at = models.DateTimeField(_("recorded at"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "metric", "on"],
                condition=Q(account__isnull=False),
                name="observation_account_once",
            ),
            models.UniqueConstraint(
                fields=["line", "metric", "on"], condition=Q(line__isnull=False), name="observation_line_once"
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False, line__isnull=True)
                | Q(account__isnull=True, line__isnull=False),
                name="observation_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(numerator__isnull=False, denominator__isnull=False),
                name="observation_has_value",
            ),
        ]
        indexes = [models.Index(fields=["metric", "on"], name="observation_metric_day")]
        verbose_name = _("observation")
        verbose_name_plural = _("observations")

    def __str__(self) -> str:
        return f"{self.metric_id} {self.on}"


class ObservationRevision(models.Model):
    """The values an observation had before a correction, and what corrected it."""

    observation = models.ForeignKey(Observation, models.CASCADE, related_name="revisions")
    value = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+")
    observed_at = models.DateTimeField()
    replaced_at = models.DateTimeField()
    replaced_by_batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["replaced_by_batch"], name="obs_revision_batch")]
        verbose_name = _("earlier value")
        verbose_name_plural = _("earlier values")

    def __str__(self) -> str:
        return f"{self.observation_id} {self.replaced_at}"


class DailyRollup(models.Model):
    """A line's own subjects combined per metric and day. Subtrees sum rollups over the closure table; ratios by their two sums.

    Like its observations without constraints for line and metric; `line` begins the unique index.
    """

    line = models.ForeignKey(
        BusinessLine, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="+", db_constraint=False)
    on = models.DateField()
    total = models.BigIntegerField(default=0)
    numerator = models.BigIntegerField(default=0)
    denominator = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "metric", "on"], name="rollup_once")]
        verbose_name = _("daily rollup")
        verbose_name_plural = _("daily rollups")

    def __str__(self) -> str:
        return f"{self.line_id} {self.metric_id} {self.on}"


class AccountMonth(models.Model):
    """How many values an account has in a month, and how many of them came by machine: what the reporting criteria ask."""

    account = models.ForeignKey(
        SocialAccount, models.CASCADE, related_name="months", db_index=False, db_constraint=False
    )
    month = models.DateField()
    observations = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    last_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month"], name="account_month_once")]
        # From the newest day down, and of a month with its days and accounts without a look into the table.
        indexes = [models.Index(fields=["month", "last_on", "account"], name="account_month_days")]
        verbose_name = _("reporting month")
        verbose_name_plural = _("reporting months")

    def __str__(self) -> str:
        return f"{self.account_id} {self.month}"
