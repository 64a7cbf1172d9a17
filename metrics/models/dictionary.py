"""The metric dictionary: what a number means. Two metrics with different denominators are different metrics and are never compared."""

from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext, gettext_lazy as _

from coe.models import Record, User
from metrics.enums.dictionary import Aggregation, Direction, Level, Subject
from metrics.enums.shipped_words import SHIPPED


def in_reader_language(texts: Any) -> str:
    """The text in the reader's language, else in English, else whatever there is."""
    if not isinstance(texts, dict) or not texts:
        return ""
    return str(texts.get((get_language() or "en")[:2]) or texts.get("en") or next(iter(texts.values())))


def in_catalogue(text: str) -> str:
    """A word that ships (`metrics.enums.shipped_words`) in the reader's language; any other as it is written."""
    return gettext(text) if text in SHIPPED else text


class MetricQuerySet(models.QuerySet["Metric"]):
    """Words about metrics."""

    def active(self) -> "MetricQuerySet":
        """Metrics that may be reported."""
        return self.filter(is_active=True)


class Metric(Record):
    """One entry of the dictionary. Values are stored as integers, scaled by ten to the power of `scale`."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    labels = models.JSONField(_("labels"), default=dict)
    descriptions = models.JSONField(_("descriptions"), default=dict, blank=True)
    unit = models.CharField(_("unit"), max_length=24, blank=True)
    # Language → text beside English, which is the column itself. Null: from before there were any; filled once, at the next start.
    unit_texts = models.JSONField(_("unit in other languages"), default=dict, blank=True, null=True)
    direction = models.CharField(
        _("better when"), max_length=8, choices=Direction.choices, default=Direction.UP
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.OUTPUT)
    aggregation = models.CharField(
        _("aggregation"), max_length=8, choices=Aggregation.choices, default=Aggregation.SUM
    )
    subject = models.CharField(
        _("measured on"), max_length=8, choices=Subject.choices, default=Subject.ACCOUNT
    )
    scale = models.PositiveSmallIntegerField(_("decimal places"), default=0)
    formula = models.CharField(_("formula"), max_length=300, blank=True)
    formula_texts = models.JSONField(_("formula in other languages"), default=dict, blank=True, null=True)
    numerator_label = models.CharField(_("numerator"), max_length=120, blank=True)
    denominator_label = models.CharField(_("denominator"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    is_builtin = models.BooleanField(_("shipped"), default=False, editable=False)

    objects = MetricQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scale__lte=6), name="metric_scale_at_most_6")
        ]
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return in_reader_language(self.labels) or self.code

    @property
    def description(self) -> str:
        """What it means, in the reader's language."""
        return in_reader_language(self.descriptions)

    @property
    def unit_text(self) -> str:
        """The unit in the reader's language, else as it stands in `unit`."""
        return in_reader_language({"en": self.unit, **(self.unit_texts or {})})

    @property
    def formula_text(self) -> str:
        """The formula in the reader's language, else as it stands in `formula`."""
        return in_reader_language({"en": self.formula, **(self.formula_texts or {})})

    @property
    def numerator_text(self) -> str:
        """The numerator in the reader's language, when it is one that ships."""
        return in_catalogue(self.numerator_label)

    @property
    def denominator_text(self) -> str:
        """The denominator in the reader's language, when it is one that ships."""
        return in_catalogue(self.denominator_label)

    @property
    def source_text(self) -> str:
        """The source in the reader's language, when it is one that ships."""
        return in_catalogue(self.source)

    @property
    def is_ratio(self) -> bool:
        """Whether a value is a numerator over a denominator."""
        return self.aggregation == Aggregation.RATIO
