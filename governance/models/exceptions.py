"""Exceptions (waivers): asked by one person, decided by another, for a time, and over by themselves."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record, SocialAccount, User
from governance.enums.exceptions import PENDING_STATES, ExceptionState, ExceptionSubject
from governance.models.policies import Policy, PolicyVersion

_S = ExceptionSubject


class PolicyException(Record):
    """A line (or one person of it) may deviate from a policy clause, a criterion, a rule for an account, or go without a certificate.

    `criterion` is opaque here (metrics knows the codes; see `coe.registries.waivable`). `version` is the policy version it was decided
    under. An extension is a new exception that names the old one in `extends` and goes through review like any other.
    """

    title = models.CharField(_("title"), max_length=160)
    subject = models.CharField(_("exception from"), max_length=10, choices=ExceptionSubject.choices)
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="exceptions", verbose_name=_("line")
    )
    person = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("for one person"),
        help_text=_("Empty: for the whole line."),
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="exceptions", verbose_name=_("policy")
    )
    version = models.ForeignKey(
        PolicyVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version"),
        editable=False,
    )
    clause = models.CharField(_("clause"), max_length=40, blank=True)
    criterion = models.CharField(_("criterion"), max_length=20, blank=True)
    account = models.ForeignKey(
        SocialAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("account"),
    )
    course = models.ForeignKey(
        "training.Course", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("course")
    )
    reason = models.TextField(_("reason"))
    compensating_control = models.TextField(
        _("compensating control"), help_text=_("What protects the company meanwhile.")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ExceptionState.choices, default=ExceptionState.REQUESTED
    )
    requester = models.ForeignKey(
        User, models.PROTECT, related_name="exceptions_requested", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    approver = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exceptions_to_decide",
        verbose_name=_("approver"),
        help_text=_("One named person, never the one who asks."),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.TextField(_("decision"), blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    extends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="extensions", verbose_name=_("extends")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_note = models.TextField(_("why it ended"), blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | ~Q(approver=F("requester")),
                name="exception_approver_is_another",
            ),
            models.CheckConstraint(
                condition=Q(subject=_S.POLICY, policy__isnull=False)
                | (Q(subject=_S.CRITERION) & ~Q(criterion=""))
                | Q(subject=_S.ACCOUNT, account__isnull=False)
                | Q(subject=_S.COURSE, course__isnull=False),
                name="exception_has_its_subject",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(expires_at__gt=F("starts_at")),
                name="exception_expires_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state=ExceptionState.ACTIVE)
                | Q(approver__isnull=False, starts_at__isnull=False, decided_at__isnull=False),
                name="exception_active_was_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="exception_state_expiry"),
            models.Index(fields=["line", "state"], name="exception_line_state"),
            models.Index(
                fields=["approver"], name="exception_to_decide", condition=Q(state__in=PENDING_STATES)
            ),
        ]
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The exception's page."""
        return f"/exceptions/{self.public_id}/"
