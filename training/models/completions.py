"""What people completed, and the certificates that say so."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from coe.models import Record, User
from training.enums.training import CertificateState, CompletionSource
from training.models.attempts import Attempt
from training.models.courses import Course, CourseVersion
from training.models.sessions import Seat

# Later than any date a calendar of ours reaches: what never ends, ends last.
_NEVER = models.Value(datetime(9999, 1, 1, tzinfo=UTC), output_field=models.DateTimeField())


class CompletionQuerySet(models.QuerySet["Completion"]):
    """Words about completions."""

    def standing(self) -> "CompletionQuerySet":
        """Completions that were not voided."""
        return self.filter(voided_at__isnull=True)


class Completion(Record):
    """A person completed a version of a course. `key` tells the same event again from a new one, whatever it came through.

    Voided, never deleted; only an import that is undone takes away what it brought.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="completions", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="completions", verbose_name=_("course"))
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="completions", verbose_name=_("course version")
    )
    achieved_at = models.DateTimeField(_("completed at"))
    source = models.CharField(_("source"), max_length=12, choices=CompletionSource.choices)
    evidence = models.CharField(
        _("evidence"), max_length=500, blank=True, help_text=_("A link, or where the proof is kept.")
    )
    score = models.PositiveSmallIntegerField(_("score, hundredths of a per cent"), null=True, blank=True)
    key = models.CharField(_("idempotency key"), max_length=200, unique=True, editable=False)
    attempt = models.OneToOneField(
        Attempt, models.PROTECT, null=True, blank=True, related_name="completion", verbose_name=_("attempt")
    )
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="completions", verbose_name=_("seat")
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        ordering = ["-achieved_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=10_000), name="completion_score_in_range"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "course", "-achieved_at"], name="completion_user_course"),
            models.Index(fields=["course", "achieved_at"], name="completion_course_day"),
        ]
        verbose_name = _("completion")
        verbose_name_plural = _("completions")

    def __str__(self) -> str:
        return f"{self.user} · {self.course}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Words about certificates."""

    def valid(self, at: datetime) -> "CertificateQuerySet":
        """Certificates that hold at an instant; one revoked later held until then."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at),
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
            issued_at__lte=at,
        )

    def ended(self, at: datetime) -> "CertificateQuerySet":
        """Certificates that held once and no longer do, with `ended_at`: when they expired, or were revoked before that."""
        end = Least(Coalesce("expires_at", _NEVER), Coalesce("revoked_at", _NEVER))
        return self.annotate(ended_at=end).filter(ended_at__lte=at)

    def longest(self) -> "CertificateQuerySet":
        """Certificates that no other of the same person and course outlives: what reminders and pages are about.

        Equal ends count once: the older row stands.
        """
        longer = (
            Certificate.objects.filter(
                user_id=OuterRef("user_id"), course_id=OuterRef("course_id"), revoked_at__isnull=True
            )
            .alias(end=Coalesce("expires_at", _NEVER), mine=Coalesce(OuterRef("expires_at"), _NEVER))
            .filter(Q(end__gt=F("mine")) | Q(end=F("mine"), pk__lt=OuterRef("pk")))
        )
        return self.filter(~models.Exists(longer), revoked_at__isnull=True)


class Certificate(Record):
    """Says that a person completed a course, from when and until when. `code` is what anybody may check, and nobody can guess."""

    code = models.CharField(_("code"), max_length=24, unique=True, editable=False)
    completion = models.OneToOneField(
        Completion, models.PROTECT, related_name="certificate", verbose_name=_("completion")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="certificates", verbose_name=_("person"))
    course = models.ForeignKey(Course, models.PROTECT, related_name="certificates", verbose_name=_("course"))
    issued_at = models.DateTimeField(_("valid from"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    revoked_why = models.CharField(_("why revoked"), max_length=300, blank=True, editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gte=F("issued_at")),
                name="certificate_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_why="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_why="")),
                name="certificate_revoked_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "course", "expires_at"], name="certificate_user_course"),
            models.Index(
                fields=["expires_at"], name="certificate_expiry", condition=Q(revoked_at__isnull=True)
            ),
        ]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")

    def __str__(self) -> str:
        return f"{self.user} · {self.course}"

    def get_absolute_url(self) -> str:
        """The certificate's page."""
        return f"/training/certificates/{self.public_id}/"

    def state_at(self, at: datetime) -> CertificateState:
        """What it is worth at an instant; what was revoked stays so even after its end."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return CertificateState.REVOKED
        if self.expires_at is not None and self.expires_at <= at:
            return CertificateState.EXPIRED
        return CertificateState.VALID
