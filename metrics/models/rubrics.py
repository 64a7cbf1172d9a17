"""Versions of maturity models. A version is a document; what it means is the business of `metrics.scoring`, never of this table."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.models import Record, User
from metrics.enums.maturity import RubricState


class RubricVersion(Record):
    """One version of one model. `document` never changes once published; exactly one version in the hub is current."""

    code = models.CharField(_("code"), max_length=60)
    version = models.CharField(_("version"), max_length=20)
    title = models.JSONField(_("title"), default=dict)
    document = models.JSONField(_("document"), default=dict)
    sha256 = models.CharField(_("sha256"), max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=RubricState.choices, default=RubricState.DRAFT
    )
    is_current = models.BooleanField(_("current"), default=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    # How many changed facts were followed to scores of this version: with those that still wait, what only ever grows.
    facts_followed = models.PositiveBigIntegerField(default=0, editable=False)
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )

    class Meta:
        ordering = ["code", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rubric_version_once"),
            models.UniqueConstraint(
                fields=["is_current"], condition=Q(is_current=True), name="rubric_current_once"
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(state=RubricState.PUBLISHED),
                name="rubric_current_is_published",
            ),
            models.CheckConstraint(
                condition=Q(state=RubricState.DRAFT, published_at__isnull=True)
                | (~Q(state=RubricState.DRAFT) & Q(published_at__isnull=False)),
                name="rubric_published_with_stamp",
            ),
        ]
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
