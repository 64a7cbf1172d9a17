"""Curricula: which courses a role needs, on which lines, and by when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.models import BusinessLine, Record
from training.models.courses import Course
from training.models.texts import read


class CurriculumQuerySet(models.QuerySet["Curriculum"]):
    """Words about curricula."""

    def live(self) -> "CurriculumQuerySet":
        """Curricula that are not archived."""
        return self.filter(archived_at__isnull=True)


class Curriculum(Record):
    """A set of courses for some roles. Without lines it holds everywhere; a line stands for itself and all lines below it."""

    code = models.CharField(_("code"), max_length=40)
    code_key = models.CharField(_("code key"), max_length=40, unique=True, editable=False)
    titles = models.JSONField(_("title"), default=dict)
    summaries = models.JSONField(_("summary"), default=dict, blank=True)
    lines = models.ManyToManyField(
        BusinessLine, blank=True, related_name="curricula", verbose_name=_("only on lines")
    )
    source_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = CurriculumQuerySet.as_manager()

    class Meta:
        ordering = ["code_key"]
        verbose_name = _("curriculum")
        verbose_name_plural = _("curricula")

    def __str__(self) -> str:
        return self.titles.get("en") or next(iter(self.titles.values()), self.code)

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return str(read(self.titles) or self.code)

    @property
    def summary(self) -> str:
        """The summary in the reader's language."""
        return str(read(self.summaries))

    def get_absolute_url(self) -> str:
        """The curriculum's page."""
        return f"/training/curricula/{self.code}/"


class CurriculumRole(models.Model):
    """A role that needs a curriculum."""

    curriculum = models.ForeignKey(Curriculum, models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=32, choices=Role.choices)

    class Meta:
        ordering = ["role"]
        constraints = [models.UniqueConstraint(fields=["curriculum", "role"], name="curriculum_role_once")]
        verbose_name = _("role of a curriculum")
        verbose_name_plural = _("roles of a curriculum")

    def __str__(self) -> str:
        return str(self.get_role_display())


class CurriculumItem(models.Model):
    """A course of a curriculum: due so many days after enrolment, once the courses it comes after are completed."""

    curriculum = models.ForeignKey(Curriculum, models.CASCADE, related_name="items")
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="curriculum_items", verbose_name=_("course")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    due_days = models.PositiveSmallIntegerField(_("due after, days"), default=30)
    after = models.ManyToManyField(
        Course, blank=True, related_name="curriculum_items_after", verbose_name=_("prerequisites")
    )

    class Meta:
        ordering = ["curriculum", "order"]
        constraints = [
            models.UniqueConstraint(fields=["curriculum", "course"], name="curriculum_course_once"),
            models.UniqueConstraint(fields=["curriculum", "order"], name="curriculum_order_once"),
        ]
        verbose_name = _("course of a curriculum")
        verbose_name_plural = _("courses of a curriculum")

    def __str__(self) -> str:
        return str(self.course)
