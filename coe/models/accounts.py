"""Social accounts: what an account *is*. Who may *use* it (grants, certification) belongs to governance and must never move here."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import (
    ENDED_STATES,
    LIVE_STATES,
    AccountKind,
    AccountState,
    AccountTier,
    CustodyKind,
    DormantDecision,
    MfaMethod,
    MfaState,
    PublishMethod,
    RecoveryKind,
)
from coe.models.base import Record
from coe.models.lines import BusinessLine, Tag
from coe.models.platforms import Platform
from coe.models.users import User


class SocialAccountQuerySet(models.QuerySet["SocialAccount"]):
    """Words about accounts."""

    def live(self) -> "SocialAccountQuerySet":
        """Accounts that are live on their platform and ours ("active" in the rubric's language)."""
        return self.filter(state__in=LIVE_STATES)

    def registered(self) -> "SocialAccountQuerySet":
        """Accounts that are in the register: neither archived nor rejected."""
        return self.exclude(state__in=ENDED_STATES)


class SocialAccount(Record):
    """One account on one platform, owned by one line; other lines may co-own it (read only)."""

    platform = models.ForeignKey(
        Platform, models.PROTECT, related_name="accounts", verbose_name=_("platform")
    )
    handle = models.CharField(_("handle"), max_length=200)
    handle_key = models.CharField(_("normalised handle"), max_length=200, editable=False)
    url = models.CharField(_("URL"), max_length=500, blank=True)
    platform_account_id = models.CharField(
        _("platform's own id"),
        max_length=120,
        blank=True,
        help_text=_("Never changes when the handle does; the surest proof that an account is ours."),
    )
    display_name = models.CharField(_("display name"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=16, choices=AccountState.choices, default=AccountState.REQUESTED
    )
    state_since = models.DateTimeField(_("in this state since"))

    line = models.ForeignKey(BusinessLine, models.PROTECT, related_name="accounts", verbose_name=_("line"))
    co_owner_lines = models.ManyToManyField(
        BusinessLine,
        through="AccountCoOwner",
        related_name="co_owned_accounts",
        verbose_name=_("co-owning lines"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AccountKind.choices, default=AccountKind.BRAND)
    tier = models.PositiveSmallIntegerField(
        _("tier"), choices=AccountTier.choices, default=AccountTier.TIER_3
    )
    purpose = models.TextField(_("purpose"), blank=True)
    audience = models.CharField(_("audience"), max_length=300, blank=True)
    languages = models.JSONField(
        _("languages"), default=list, blank=True, help_text=_("Language codes such as en, fr.")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="accounts", verbose_name=_("tags"))
    notes = models.TextField(_("notes"), blank=True)

    primary_owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts_owned",
        verbose_name=_("primary owner"),
    )
    backup_owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts_backed",
        verbose_name=_("backup owner"),
    )
    emergency_contact = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("emergency contact")
    )
    requested_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("requested by"),
    )

    publish_method = models.CharField(
        _("publish method"), max_length=20, choices=PublishMethod.choices, default="", blank=True
    )
    custody_kind = models.CharField(
        _("custody"), max_length=12, choices=CustodyKind.choices, default="", blank=True
    )
    vault_reference = models.CharField(
        _("vault reference"),
        max_length=200,
        blank=True,
        help_text=_("Where the credentials are kept, never the credentials."),
    )
    recovery_email = models.EmailField(_("recovery mailbox"), blank=True)
    recovery_kind = models.CharField(
        _("recovery by"), max_length=20, choices=RecoveryKind.choices, default="", blank=True
    )
    mfa_state = models.CharField(
        _("multi-factor authentication"), max_length=8, choices=MfaState.choices, default=MfaState.UNKNOWN
    )
    mfa_method = models.CharField(
        _("second factor"), max_length=8, choices=MfaMethod.choices, default="", blank=True
    )
    mfa_verified_on = models.DateField(_("second factor verified on"), null=True, blank=True)
    app_review_on = models.DateField(_("third-party apps reviewed on"), null=True, blank=True)
    custody_revision = models.PositiveIntegerField(_("custody revision"), default=1, editable=False)

    allows_comments = models.BooleanField(_("allows comments"), default=True)
    comment_policy_url = models.URLField(_("comment policy"), max_length=500, blank=True)
    retention_class = models.CharField(_("retention class"), max_length=60, blank=True)
    archive_method = models.CharField(_("archive method"), max_length=60, blank=True)
    is_regulated = models.BooleanField(_("regulated"), default=False)
    is_service = models.BooleanField(_("designated for customer service"), default=False)

    last_post_at = models.DateTimeField(_("last post"), null=True, blank=True)
    planned_cadence_days = models.PositiveSmallIntegerField(
        _("planned cadence, days between posts"), null=True, blank=True
    )
    dormancy_limit_days = models.PositiveSmallIntegerField(
        _("dormancy limit, days"), null=True, blank=True, help_text=_("Empty: the organisation's limit.")
    )
    dormant_decision = models.CharField(
        _("decision when dormant"), max_length=8, choices=DormantDecision.choices, default="", blank=True
    )
    dormant_decision_on = models.DateField(_("decided on"), null=True, blank=True)
    opened_on = models.DateField(_("opened on the platform"), null=True, blank=True)

    objects = SocialAccountQuerySet.as_manager()

    class Meta:
        ordering = ["handle_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "handle_key"],
                condition=~Q(state__in=ENDED_STATES),
                name="account_handle_once_per_platform",
            ),
            models.UniqueConstraint(
                fields=["platform", "platform_account_id"],
                condition=~Q(state__in=ENDED_STATES) & ~Q(platform_account_id=""),
                name="account_platform_id_once",
            ),
            models.CheckConstraint(condition=~Q(handle_key=""), name="account_has_handle_key"),
            models.CheckConstraint(condition=Q(tier__in=[1, 2, 3]), name="account_tier_known"),
        ]
        indexes = [
            models.Index(fields=["line", "state"], name="account_line_state"),
            models.Index(fields=["state", "handle_key"], name="account_state_handle"),
            models.Index(fields=["primary_owner", "state"], name="account_owner_state"),
            # The register in its usual order, and the piles of work that the dashboard counts at every view: each is as large
            # as the pile, not as the register.
            models.Index(fields=["handle_key", "id"], name="account_order"),
            models.Index(fields=["id", "line"], name="account_live", condition=Q(state__in=LIVE_STATES)),
            models.Index(fields=["line"], name="account_awaiting", condition=Q(state=AccountState.REQUESTED)),
            models.Index(
                fields=["line"],
                name="account_orphan",
                condition=Q(state__in=LIVE_STATES, primary_owner__isnull=True, backup_owner__isnull=True),
            ),
            models.Index(
                fields=["platform", "mfa_state", "line"],
                name="account_mfa_open",
                condition=Q(state__in=LIVE_STATES) & ~Q(mfa_state=MfaState.ON),
            ),
        ]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.display_name or self.handle

    def get_absolute_url(self) -> str:
        """The account's page."""
        return f"/accounts/{self.public_id}/"

    @property
    def is_live(self) -> bool:
        """Whether the account is live on its platform and ours."""
        return self.state in LIVE_STATES


class AccountCoOwner(models.Model):
    """A line that shares an account with its owning line: it reads, it never writes."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="co_owners")
    line = models.ForeignKey(BusinessLine, models.PROTECT, related_name="co_ownerships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "line"], name="account_co_owner_once")]
        verbose_name = _("co-owner")
        verbose_name_plural = _("co-owners")

    def __str__(self) -> str:
        return f"{self.account_id} · {self.line_id}"


class HandleRecord(models.Model):
    """A handle an account had, and when. A handle that another account takes later is never silently ours."""

    account = models.ForeignKey(SocialAccount, models.CASCADE, related_name="handle_history")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    handle = models.CharField(_("handle"), max_length=200)
    handle_key = models.CharField(_("normalised handle"), max_length=200)
    url = models.CharField(_("URL"), max_length=500, blank=True)
    from_at = models.DateTimeField(_("from"), null=True, blank=True)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["-until_at", "-id"]
        indexes = [models.Index(fields=["platform", "handle_key"], name="handle_record_lookup")]
        verbose_name = _("former handle")
        verbose_name_plural = _("handle history")

    def __str__(self) -> str:
        return self.handle

    def held_at(self, at: datetime) -> bool:
        """Whether the account had this handle at an instant."""
        return (self.from_at is None or self.from_at <= at) and (self.until_at is None or self.until_at > at)
