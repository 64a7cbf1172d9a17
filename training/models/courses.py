"""Courses and their versions. A text is a dictionary from language code to words: `{"en": "…", "fr": "…"}`."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.models import Record, User
from training.enums.training import CourseMode, QuestionKind, VersionState
from training.models.texts import read


class CourseQuerySet(models.QuerySet["Course"]):
    """Words about courses."""

    def offered(self) -> "CourseQuerySet":
        """Courses that are not retired."""
        return self.filter(retired_at__isnull=True)


class Course(Record):
    """Something to learn. What is taught stands in its versions; a certificate says that somebody completed one of them."""

    code = models.CharField(_("code"), max_length=40)
    code_key = models.CharField(_("code key"), max_length=40, unique=True, editable=False)
    titles = models.JSONField(_("title"), default=dict)
    summaries = models.JSONField(_("summary"), default=dict, blank=True)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="courses_owned", verbose_name=_("owner")
    )
    modes = models.JSONField(_("ways to take it"), default=list)
    validity_months = models.PositiveSmallIntegerField(
        _("validity, months"), null=True, blank=True, help_text=_("Empty: a certificate never expires.")
    )
    renewal_days = models.PositiveSmallIntegerField(
        _("renewal window, days"),
        default=60,
        help_text=_("How long before its certificate expires a course can be taken again."),
    )
    activity_id = models.CharField(
        _("xAPI activity id"),
        max_length=500,
        unique=True,
        help_text=_("The IRI by which a learning system names this course."),
    )
    reviewed_on = models.DateField(_("content reviewed on"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["code_key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(validity_months__isnull=True)
                | Q(validity_months__gte=1, validity_months__lte=120),
                name="course_validity_in_range",
            ),
            models.CheckConstraint(condition=Q(renewal_days__lte=365), name="course_renewal_in_range"),
            models.CheckConstraint(condition=~Q(activity_id=""), name="course_activity_id_given"),
        ]
        verbose_name = _("course")
        verbose_name_plural = _("courses")

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

    @property
    def mode_labels(self) -> list[str]:
        """The ways to take it, in the reader's language."""
        return [str(CourseMode(mode).label) for mode in self.modes]

    def get_absolute_url(self) -> str:
        """The course's page."""
        return f"/training/courses/{self.code}/"


class CourseVersionQuerySet(models.QuerySet["CourseVersion"]):
    """Words about versions."""

    def published(self) -> "CourseVersionQuerySet":
        """Versions that are taught now."""
        return self.filter(state=VersionState.PUBLISHED)


class CourseVersion(Record):
    """What a course teaches, for good once it is published. Its quiz draws questions from its own bank.

    `pass_mark` is in per cent of the questions drawn. `source_sha256` names the shipped content it was loaded from; people's
    own versions have none.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="versions", verbose_name=_("course"))
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=12, choices=VersionState.choices, default=VersionState.DRAFT
    )
    objectives = models.JSONField(_("objectives"), default=dict, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(_("duration, minutes"), default=0)
    pass_mark = models.PositiveSmallIntegerField(_("pass mark, %"), default=80)
    drawn = models.PositiveSmallIntegerField(
        _("questions drawn"), default=10, help_text=_("How many of the bank’s questions an attempt asks.")
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"), null=True, blank=True, help_text=_("Empty: as many as it takes.")
    )
    is_shuffled = models.BooleanField(_("shuffle questions and choices"), default=True)
    change_note = models.CharField(_("what changed"), max_length=300, blank=True)
    source_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    objects = CourseVersionQuerySet.as_manager()

    class Meta:
        ordering = ["course", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="course_version_once"),
            models.UniqueConstraint(
                fields=["course"], condition=Q(state=VersionState.DRAFT), name="course_one_draft"
            ),
            models.UniqueConstraint(
                fields=["course"], condition=Q(state=VersionState.PUBLISHED), name="course_one_published"
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT, published_at__isnull=True, retired_at__isnull=True)
                | Q(state=VersionState.PUBLISHED, published_at__isnull=False, retired_at__isnull=True)
                | Q(state=VersionState.RETIRED, published_at__isnull=False, retired_at__isnull=False),
                name="course_version_stamps_fit_state",
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__gte=1, pass_mark__lte=100), name="course_version_pass_mark"
            ),
        ]
        verbose_name = _("course version")
        verbose_name_plural = _("course versions")

    def __str__(self) -> str:
        return f"{self.course} · {self.number}"

    @property
    def aims(self) -> list[str]:
        """What people can do afterwards, in the reader's language."""
        return list(read(self.objectives) or [])

    def is_taught(self, at: datetime) -> bool:
        """Whether the version was in force at an instant. History before its publication counts: it is the first answer there is."""
        return self.state != VersionState.DRAFT and (self.retired_at is None or self.retired_at > at)


class Lesson(Record):
    """One text of a version, in Markdown."""

    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="lessons", verbose_name=_("course version")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    key = models.SlugField(_("key"), max_length=60)
    titles = models.JSONField(_("title"), default=dict)
    bodies = models.JSONField(_("text"), default=dict, blank=True)

    class Meta:
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "order"], name="lesson_order_once"),
            models.UniqueConstraint(fields=["version", "key"], name="lesson_key_once"),
        ]
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    def __str__(self) -> str:
        return self.titles.get("en") or next(iter(self.titles.values()), self.key)

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return str(read(self.titles) or self.key)

    @property
    def body(self) -> str:
        """The text in the reader's language, Markdown."""
        return str(read(self.bodies))


class Question(Record):
    """One question of a version's bank. `choices` is `[{"key": "a", "texts": {…}}, …]`, `correct` a list of those keys."""

    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="questions", verbose_name=_("course version")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    key = models.SlugField(_("key"), max_length=60)
    kind = models.CharField(
        _("kind"), max_length=12, choices=QuestionKind.choices, default=QuestionKind.SINGLE
    )
    texts = models.JSONField(_("question"), default=dict)
    choices = models.JSONField(_("choices"), default=list)
    correct = models.JSONField(_("right answers"), default=list)
    explanations = models.JSONField(_("explanation"), default=dict, blank=True)

    class Meta:
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "order"], name="question_order_once"),
            models.UniqueConstraint(fields=["version", "key"], name="question_key_once"),
        ]
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.texts.get("en") or next(iter(self.texts.values()), self.key)

    @property
    def wording(self) -> str:
        """The question in the reader's language."""
        return str(read(self.texts) or self.key)
