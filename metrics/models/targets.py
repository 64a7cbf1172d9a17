"""What a line aims at: a value of a metric by a period, and a stage per dimension. Run everywhere is not the goal."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record
from metrics.models.dictionary import Metric


class TargetQuerySet(models.QuerySet["Target"]):
    """Words about targets."""

    def standing(self) -> "TargetQuerySet":
        """Targets that nobody took away."""
        return self.filter(archived_at__isnull=True)


class Target(Record):
    """A value of a metric that a line wants to reach in a period (usually a quarter). One that is taken away stays, with why."""

    line = models.ForeignKey(BusinessLine, models.PROTECT, related_name="targets", verbose_name=_("line"))
    metric = models.ForeignKey(Metric, models.PROTECT, related_name="targets", verbose_name=_("metric"))
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("until"))
    value = models.BigIntegerField(_("value"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    archived_at = models.DateTimeField(_("taken away at"), null=True, blank=True, editable=False)
    archived_why = models.CharField(_("why it was taken away"), max_length=300, blank=True, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["line", "metric", "period_start"]
        constraints = [
            models.UniqueConstraint(fields=["line", "metric", "period_start"], name="target_once"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="target_period_forward"
            ),
        ]
        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        return f"{self.metric.code}, {self.line.code}, {self.period_start}"


class TargetStage(Record):
    """The stage a line aims at in a dimension ('' = overall), and why."""

    line = models.ForeignKey(
        BusinessLine, models.PROTECT, related_name="target_stages", verbose_name=_("line")
    )
    rubric_code = models.CharField(_("rubric"), max_length=60)
    dimension = models.CharField(_("dimension"), max_length=40, blank=True)
    level = models.CharField(_("stage"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    due_on = models.DateField(_("by"), null=True, blank=True)

    class Meta:
        ordering = ["line", "dimension"]
        constraints = [
            models.UniqueConstraint(fields=["line", "rubric_code", "dimension"], name="target_stage_once")
        ]
        verbose_name = _("target stage")
        verbose_name_plural = _("target stages")

    def __str__(self) -> str:
        return f"{self.line.code}, {self.dimension or '*'}, {self.level}"
