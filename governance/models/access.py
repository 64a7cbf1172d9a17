"""Who may get into which account: rules that ask for a course, grants, and the quarterly look at each grant."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import AccountTier
from coe.models import Platform, Record, SocialAccount, User
from governance.enums.access import (
    OPEN_GRANT_STATES,
    AccessLevel,
    GrantBasis,
    GrantReviewOutcome,
    GrantState,
    RevokeCause,
)
from governance.models.exceptions import PolicyException


class AccessRule(Record):
    """Access of a level needs a valid certificate of a course; of one platform or one tier only where these are named."""

    level = models.CharField(_("level"), max_length=12, choices=AccessLevel.choices)
    course = models.ForeignKey("training.Course", models.PROTECT, related_name="+", verbose_name=_("course"))
    platform = models.ForeignKey(
        Platform, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("platform")
    )
    tier = models.PositiveSmallIntegerField(_("tier"), choices=AccountTier.choices, null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    # level|course|platform|tier, as in AudienceRule.
    key = models.CharField(max_length=120, editable=False)

    class Meta:
        ordering = ["level", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(ended_at__isnull=True), name="access_rule_once"
            )
        ]
        verbose_name = _("access rule")
        verbose_name_plural = _("access rules")

    def __str__(self) -> str:
        return f"{self.level} · {self.course_id}"


class AccessGrant(Record):
    """One person has one level of access to one account. Ended, never deleted.

    `revoke_due_at` is one business day of the line's calendar after the cause. `certificate` or `exception` is what it rested on
    when it was given; `review_due_at` when the account's owner confirms it next.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="access_grants", verbose_name=_("person"))
    account = models.ForeignKey(
        SocialAccount, models.PROTECT, related_name="access_grants", verbose_name=_("account")
    )
    level = models.CharField(_("level"), max_length=12, choices=AccessLevel.choices)
    state = models.CharField(_("state"), max_length=10, choices=GrantState.choices, default=GrantState.ACTIVE)
    why = models.CharField(_("purpose"), max_length=300, blank=True)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested at"))
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)
    basis = models.CharField(_("rested on"), max_length=12, choices=GrantBasis.choices)
    certificate = models.ForeignKey(
        "training.Certificate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("certificate"),
    )
    exception = models.ForeignKey(
        PolicyException,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        verbose_name=_("exception"),
    )
    valid_until = models.DateTimeField(_("agreed end"), null=True, blank=True)
    review_due_at = models.DateTimeField(_("to be confirmed by"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    revoke_cause = models.CharField(
        _("revoked because"), max_length=16, choices=RevokeCause.choices, default="", blank=True
    )
    revoke_asked_at = models.DateTimeField(_("revocation due since"), null=True, blank=True)
    revoke_due_at = models.DateTimeField(_("to be revoked by"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    end_note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "account", "level"],
                condition=Q(state__in=OPEN_GRANT_STATES),
                name="access_grant_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(GrantState.ACTIVE, GrantState.REVOKING, GrantState.REVOKED))
                | Q(granted_at__isnull=False),
                name="access_grant_held_has_stamp",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.REVOKING) | Q(revoke_due_at__isnull=False),
                name="access_grant_revoking_has_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=GrantState.REVOKED) | Q(revoked_at__isnull=False),
                name="access_grant_revoked_has_stamp",
            ),
            models.CheckConstraint(
                condition=~Q(level=AccessLevel.ADMIN)
                | Q(granted_by__isnull=True)
                | ~Q(granted_by=models.F("requested_by")),
                name="access_grant_admin_takes_two",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state"], name="access_grant_account"),
            models.Index(
                fields=["revoke_due_at"], name="access_grant_revoking", condition=Q(state=GrantState.REVOKING)
            ),
            models.Index(
                fields=["review_due_at"], name="access_grant_review", condition=Q(state=GrantState.ACTIVE)
            ),
        ]
        verbose_name = _("access grant")
        verbose_name_plural = _("access grants")

    def __str__(self) -> str:
        return f"{self.person_id} · {self.account_id} · {self.level}"


class GrantReview(Record):
    """What was said of a grant at one look. Keeping the highest level takes a second person (`confirmed_by`)."""

    grant = models.ForeignKey(AccessGrant, models.PROTECT, related_name="reviews", verbose_name=_("grant"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=GrantReviewOutcome.choices)
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("reviewed by"))
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("reviewer")),
                name="grant_review_second_is_another",
            )
        ]
        verbose_name = _("grant review")
        verbose_name_plural = _("grant reviews")

    def __str__(self) -> str:
        return f"{self.grant_id} · {self.outcome}"
