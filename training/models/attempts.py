"""What a learner does with a course version: reads its lessons, sits its quiz."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import Record, User
from training.models.courses import CourseVersion, Lesson


class LessonReading(models.Model):
    """A person has read a lesson to its end."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="readings")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "lesson"], name="lesson_read_once")]
        verbose_name = _("lesson read")
        verbose_name_plural = _("lessons read")

    def __str__(self) -> str:
        return f"{self.user_id} {self.lesson_id}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Words about attempts."""

    def open(self) -> "AttemptQuerySet":
        """Attempts that are not handed in."""
        return self.filter(submitted_at__isnull=True)

    def counting(self) -> "AttemptQuerySet":
        """Attempts that use up the number allowed."""
        return self.filter(forgiven_at__isnull=True)


class Attempt(Record):
    """One sitting of a quiz. `questions` is a frozen copy of what was drawn, so that an edited quiz changes nothing here.

    `answers` maps question keys to lists of choice keys. `score` is in hundredths of a per cent (8750 is 87.5 %).
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="attempts", verbose_name=_("person"))
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="attempts", verbose_name=_("course version")
    )
    started_at = models.DateTimeField(_("started at"))
    questions = models.JSONField(_("questions drawn"), default=list)
    pass_mark = models.PositiveSmallIntegerField(_("pass mark, %"))
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_("score, hundredths of a per cent"), null=True, blank=True)
    is_passed = models.BooleanField(_("passed"), null=True, blank=True)
    forgiven_at = models.DateTimeField(_("not counted since"), null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "version"], condition=Q(submitted_at__isnull=True), name="attempt_open_once"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, score__isnull=True, is_passed__isnull=True)
                | Q(submitted_at__isnull=False, score__isnull=False, is_passed__isnull=False),
                name="attempt_result_when_handed_in",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(submitted_at__gte=F("started_at")),
                name="attempt_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=10_000), name="attempt_score_in_range"
            ),
        ]
        indexes = [models.Index(fields=["user", "version"], name="attempt_user_version")]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.user} · {self.version}"

    @property
    def percent(self) -> int:
        """The score in whole per cent, rounded down."""
        return (self.score or 0) // 100
