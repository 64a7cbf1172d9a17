"""Who has to learn what, because of which role, and by when."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record, RoleAssignment, User
from training.models.courses import Course
from training.models.curricula import Curriculum


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Words about enrolments."""

    def open(self) -> "EnrolmentQuerySet":
        """Enrolments that are not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Enrolment(Record):
    """A person is enrolled in a curriculum or in one course. A role that causes it ends it too; each role makes its own row."""

    user = models.ForeignKey(User, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    curriculum = models.ForeignKey(
        Curriculum,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enrolments",
        verbose_name=_("curriculum"),
    )
    course = models.ForeignKey(
        Course, models.PROTECT, null=True, blank=True, related_name="enrolments", verbose_name=_("course")
    )
    # A role is only ever deleted by undoing the import that gave it; what it caused then never was either.
    assignment = models.ForeignKey(
        RoleAssignment,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="enrolments",
        verbose_name=_("because of"),
    )
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="enrolments", verbose_name=_("line")
    )
    enrolled_at = models.DateTimeField(_("enrolled at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-enrolled_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(curriculum__isnull=False, course__isnull=True)
                | Q(curriculum__isnull=True, course__isnull=False),
                name="enrolment_in_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(assignment__isnull=True) | Q(curriculum__isnull=False),
                name="enrolment_by_role_is_in_curriculum",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("enrolled_at")),
                name="enrolment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["assignment", "curriculum"],
                condition=Q(withdrawn_at__isnull=True, assignment__isnull=False),
                name="enrolment_by_role_open_once",
            ),
            models.UniqueConstraint(
                fields=["user", "curriculum"],
                condition=Q(withdrawn_at__isnull=True, assignment__isnull=True, curriculum__isnull=False),
                name="enrolment_by_hand_open_once",
            ),
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=Q(withdrawn_at__isnull=True, course__isnull=False),
                name="enrolment_in_course_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["line", "curriculum"],
                name="enrolment_line_open",
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")

    def __str__(self) -> str:
        return f"{self.user} · {self.curriculum or self.course}"


class Requirement(models.Model):
    """A course that an enrolment asks for, and by when. Kept by the services with the enrolment and its curriculum.

    A row a course, not a sum at reading time: coverage, duties and reminders are then plain joins.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="requirements")
    user = models.ForeignKey(User, models.PROTECT, related_name="requirements", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="requirements", verbose_name=_("course"))
    due_at = models.DateTimeField(_("due"))

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [models.UniqueConstraint(fields=["enrolment", "course"], name="requirement_once")]
        indexes = [models.Index(fields=["user", "course"], name="requirement_user_course")]
        verbose_name = _("required course")
        verbose_name_plural = _("required courses")

    def __str__(self) -> str:
        return f"{self.user_id} {self.course_id}"
