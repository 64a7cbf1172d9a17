"""Lines of business: a tree in which a spoke may be the hub of its own spokes.

The closure table must never be written by anyone but `coe.services.lines`; it is what makes every subtree question one join
in both databases.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.lines import LineKind, LineStatus
from coe.models.base import Record
from coe.models.organisation import WorkingCalendar


class Tag(Record):
    """A word that people hang on records to find them again."""

    name = models.CharField(_("name"), max_length=60)
    key = models.CharField(_("key"), max_length=60, unique=True, editable=False)

    class Meta:
        ordering = ["key"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class BusinessLineQuerySet(models.QuerySet["BusinessLine"]):
    """Words about lines."""

    def active(self) -> "BusinessLineQuerySet":
        """Lines that are at work."""
        return self.filter(status=LineStatus.ACTIVE)

    def spokes(self) -> "BusinessLineQuerySet":
        """Active lines that count as a line of business in programme measures."""
        return self.active().filter(is_spoke=True)

    def below(self, line: "BusinessLine") -> "BusinessLineQuerySet":
        """The line itself and all lines below it."""
        return self.filter(ancestor_links__ancestor=line)


class BusinessLine(Record):
    """A line, region, brand or function of the company."""

    code = models.CharField(_("code"), max_length=40)
    code_key = models.CharField(_("code key"), max_length=40, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16, choices=LineKind.choices, default=LineKind.LINE)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, editable=False)
    status = models.CharField(
        _("status"), max_length=16, choices=LineStatus.choices, default=LineStatus.ACTIVE
    )
    is_spoke = models.BooleanField(
        _("counts as a line of business"),
        default=True,
        help_text=_("Regions that only group other lines usually do not."),
    )
    description = models.TextField(_("description"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("Empty: as the parent.")
    )
    calendar = models.ForeignKey(
        WorkingCalendar,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="lines",
        verbose_name=_("working calendar"),
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="lines", verbose_name=_("tags"))

    objects = BusinessLineQuerySet.as_manager()

    class Meta:
        ordering = ["code_key"]
        indexes = [models.Index(fields=["status", "code_key"], name="line_status_code")]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="line_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(status=LineStatus.ARCHIVED, archived_at__isnull=False)
                | Q(status=LineStatus.ACTIVE, archived_at__isnull=True),
                name="line_archived_with_stamp",
            ),
        ]
        verbose_name = _("line")
        verbose_name_plural = _("lines")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The line's page."""
        return f"/lines/{self.code}/"


class LineClosure(models.Model):
    """Every (ancestor, descendant) pair of the tree, each line being its own ancestor at depth 0."""

    ancestor = models.ForeignKey(BusinessLine, models.CASCADE, related_name="descendant_links")
    descendant = models.ForeignKey(BusinessLine, models.CASCADE, related_name="ancestor_links")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ancestor", "descendant"], name="line_closure_once")]
        indexes = [models.Index(fields=["descendant", "depth"], name="line_closure_up")]

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id}"
