"""Policies and their versions. What people are bound by is a published version; its texts never change again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.models import BusinessLine, Platform, Record, User
from governance.enums.policies import OPEN_STATES, PolicyType, PolicyVersionState, ReviewOutcome
from training.models.texts import read


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Words about policies."""

    def kept(self) -> "PolicyQuerySet":
        """Policies that are not archived."""
        return self.filter(archived_at__isnull=True)


class Policy(Record):
    """What the company asks of its people on one subject. Its words stand in its versions, in every language they are kept in.

    `review_months` (at most 24, domain research section 3) sets `next_review_on` at publication and at each review without change.
    `exception_days` bounds its exceptions; `grace_days` is how long people have after a material version. `library_code` names the
    model text it was adopted from.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    type = models.CharField(_("type"), max_length=24, choices=PolicyType.choices)
    titles = models.JSONField(_("title"), default=dict)
    summaries = models.JSONField(_("summary"), default=dict, blank=True)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="policies_owned", verbose_name=_("owner")
    )
    review_months = models.PositiveSmallIntegerField(_("review cycle, months"), default=12)
    grace_days = models.PositiveSmallIntegerField(_("days to acknowledge"), default=30)
    exception_days = models.PositiveSmallIntegerField(_("longest exception, days"), default=180)
    is_acknowledged = models.BooleanField(_("people acknowledge it"), default=True)
    is_public = models.BooleanField(_("public text"), default=False)
    quorum = models.PositiveSmallIntegerField(
        _("approvals needed"), default=1, help_text=_("How many named reviewers must approve a version.")
    )
    next_review_on = models.DateField(_("next review on"), null=True, blank=True)
    last_reviewed_on = models.DateField(_("last reviewed on"), null=True, blank=True)
    library_code = models.CharField(max_length=60, blank=True, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_months__gte=1, review_months__lte=24),
                name="policy_review_within_24_months",
            ),
            models.CheckConstraint(
                condition=Q(exception_days__gte=1, exception_days__lte=366),
                name="policy_exception_within_a_year",
            ),
            models.CheckConstraint(condition=Q(grace_days__lte=365), name="policy_grace_in_range"),
            models.CheckConstraint(condition=Q(quorum__gte=1, quorum__lte=20), name="policy_quorum_in_range"),
        ]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

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
        """The policy's page."""
        return f"/policies/{self.code}/"


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    """Words about versions."""

    def in_force(self) -> "PolicyVersionQuerySet":
        """Versions that bind people now."""
        return self.filter(state=PolicyVersionState.PUBLISHED)

    def open(self) -> "PolicyVersionQuerySet":
        """Versions on their way to publication."""
        return self.filter(state__in=OPEN_STATES)


class PolicyVersion(Record):
    """One state of a policy's texts. A material version has a new major number and is acknowledged afresh; a minor one keeps what was said.

    `sha256` covers the texts of all languages (each has its own, too) and is frozen at submission: approvals are bound to it.
    `submitted_by` never approves it.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions", verbose_name=_("policy"))
    major = models.PositiveSmallIntegerField(_("major number"))
    minor = models.PositiveSmallIntegerField(_("minor number"), default=0)
    state = models.CharField(
        _("state"), max_length=12, choices=PolicyVersionState.choices, default=PolicyVersionState.DRAFT
    )
    is_material = models.BooleanField(
        _("material change"), default=True, help_text=_("People acknowledge a material version afresh.")
    )
    ends_certificates = models.BooleanField(
        _("ends certificates"),
        default=False,
        help_text=_("Certificates of the courses that teach this policy end when it is published."),
    )
    change_note = models.CharField(_("what changed"), max_length=500, blank=True)
    sha256 = models.CharField(_("hash of the texts"), max_length=64, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
        editable=False,
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
        editable=False,
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True, editable=False)
    # How far the worker has told the audience: the fan-out of a publication is resumed from here.
    audience_total = models.PositiveIntegerField(default=0, editable=False)
    audience_done = models.PositiveIntegerField(default=0, editable=False)
    told_at = models.DateTimeField(_("audience told at"), null=True, blank=True, editable=False)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        ordering = ["policy", "-major", "-minor", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "major", "minor"],
                condition=~Q(state=PolicyVersionState.DISCARDED),
                name="policy_version_once",
            ),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(state__in=OPEN_STATES), name="policy_one_version_on_its_way"
            ),
            models.UniqueConstraint(
                fields=["policy"],
                condition=Q(state=PolicyVersionState.PUBLISHED),
                name="policy_one_version_in_force",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(PolicyVersionState.PUBLISHED, PolicyVersionState.SUPERSEDED),
                    published_at__isnull=False,
                )
                | (
                    ~Q(state__in=(PolicyVersionState.PUBLISHED, PolicyVersionState.SUPERSEDED))
                    & Q(published_at__isnull=True)
                ),
                name="policy_version_stamps_fit_state",
            ),
        ]
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"

    @property
    def number(self) -> str:
        """The version's number as people say it, such as 2.1."""
        return f"{self.major}.{self.minor}"

    def get_absolute_url(self) -> str:
        """The version's page."""
        return f"{self.policy.get_absolute_url()}versions/{self.number}/"


class PolicyText(models.Model):
    """The words of a version in one language, Markdown. `sha256` is of the exact text; an acknowledgement names it."""

    version = models.ForeignKey(
        PolicyVersion, models.CASCADE, related_name="texts", verbose_name=_("version")
    )
    language = models.CharField(_("language"), max_length=10)
    body = models.TextField(_("text"))
    sha256 = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["version", "language"]
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="policy_text_once")]
        verbose_name = _("policy text")
        verbose_name_plural = _("policy texts")

    def __str__(self) -> str:
        return f"{self.version_id} · {self.language}"


class PolicyReview(Record):
    """A person named to review a version, and what they said. `sha256` is the hash of what they read: an edited text voids it."""

    version = models.ForeignKey(
        PolicyVersion, models.CASCADE, related_name="reviews", verbose_name=_("version")
    )
    reviewer = models.ForeignKey(
        User, models.PROTECT, related_name="policy_reviews", verbose_name=_("reviewer")
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=ReviewOutcome.choices, default="", blank=True
    )
    note = models.TextField(_("note"), blank=True)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    # A later round of the same version keeps what earlier rounds said.
    round = models.PositiveSmallIntegerField(_("round"), default=1, editable=False)

    class Meta:
        ordering = ["version", "round", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "reviewer", "round"], name="policy_reviewer_once_a_round"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True)
                | (~Q(outcome="") & Q(decided_at__isnull=False)),
                name="policy_review_decided_has_stamp",
            ),
        ]
        verbose_name = _("policy review")
        verbose_name_plural = _("policy reviews")

    def __str__(self) -> str:
        return f"{self.version_id} · {self.reviewer_id}"


class AudienceRule(Record):
    """Who is bound by a policy: people who hold this role, on this line or below it, and run an account on this platform.

    An empty part asks nothing; the rules of a policy add up. "Runs an account" is: owns it, backs it, or holds access to it.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="audience", verbose_name=_("policy"))
    role = models.CharField(_("role"), max_length=32, choices=Role.choices, blank=True)
    line = models.ForeignKey(
        BusinessLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("line and below"),
    )
    platform = models.ForeignKey(
        Platform, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("platform")
    )
    # role|line|platform: a key over empty parts, which neither SQLite nor PostgreSQL 14 can make unique by itself.
    key = models.CharField(max_length=80, editable=False)

    class Meta:
        ordering = ["policy", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "key"], name="audience_rule_once"),
        ]
        verbose_name = _("audience rule")
        verbose_name_plural = _("audience rules")

    def __str__(self) -> str:
        return f"{self.policy_id} · {self.role or '*'} · {self.line_id or '*'} · {self.platform_id or '*'}"


class PolicyCourse(Record):
    """A course that teaches a policy, for a time. Which certificates rest on a policy is known from here."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="courses", verbose_name=_("policy"))
    course = models.ForeignKey("training.Course", models.PROTECT, related_name="+", verbose_name=_("course"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["policy", "course"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "course"], condition=Q(ended_at__isnull=True), name="policy_course_once"
            )
        ]
        verbose_name = _("course of a policy")
        verbose_name_plural = _("courses of policies")

    def __str__(self) -> str:
        return f"{self.policy_id} · {self.course_id}"
