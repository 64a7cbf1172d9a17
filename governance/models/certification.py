"""Certification of accounts: an owner says, at a date, that what the register holds is true. It stands while custody does not change."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import AccountTier
from coe.models import BusinessLine, Platform, Record, SocialAccount, User
from governance.enums.certification import CertificationEnd, CheckKind, CheckOutcome
from governance.enums.policies import CampaignState


class CertificationCampaign(Record):
    """A round in which the owners of a selection of accounts certify them by a date."""

    name = models.CharField(_("name"), max_length=160)
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
    tier = models.PositiveSmallIntegerField(_("tier"), choices=AccountTier.choices, null=True, blank=True)
    starts_at = models.DateTimeField(_("starts at"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=CampaignState.choices, default=CampaignState.PLANNED
    )

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("starts_at")), name="cert_campaign_due_after_start"
            )
        ]
        verbose_name = _("certification campaign")
        verbose_name_plural = _("certification campaigns")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The campaign's page."""
        return f"/certification/campaigns/{self.public_id}/"


class AccountCertification(Record):
    """Who certified an account, when, with which answers, under which custody revision. One stands at a time.

    It is valid while `custody_revision` is the account's and `next_due_at` has not come: a year, half a year for tier 1.
    """

    account = models.ForeignKey(
        SocialAccount, models.PROTECT, related_name="certifications", verbose_name=_("account")
    )
    campaign = models.ForeignKey(
        CertificationCampaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="certifications",
        verbose_name=_("campaign"),
    )
    custody_revision = models.PositiveIntegerField(_("custody revision"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("certified by"))
    by_name = models.CharField(_("name at the time"), max_length=200)
    at = models.DateTimeField(_("certified at"))
    answers = models.JSONField(_("answers"), default=dict)
    checks = models.JSONField(_("what the register held"), default=dict)
    note = models.CharField(_("note"), max_length=500, blank=True)
    next_due_at = models.DateTimeField(_("next due"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended = models.CharField(
        _("ended because"), max_length=12, choices=CertificationEnd.choices, default="", blank=True
    )

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(ended_at__isnull=True), name="certification_one_stands"
            ),
            models.CheckConstraint(
                condition=Q(next_due_at__gt=models.F("at")), name="certification_due_after_it_was_given"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
                name="certification_end_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["account", "at"], name="certification_account")]
        verbose_name = _("account certification")
        verbose_name_plural = _("account certifications")

    def __str__(self) -> str:
        return f"{self.account_id} · {self.at:%Y-%m-%d}"


class AccountCheck(Record):
    """Somebody looked at the account on its platform: what they checked, when, and what they found."""

    account = models.ForeignKey(
        SocialAccount, models.PROTECT, related_name="checks", verbose_name=_("account")
    )
    kind = models.CharField(_("checked"), max_length=8, choices=CheckKind.choices)
    outcome = models.CharField(_("found"), max_length=12, choices=CheckOutcome.choices)
    checked_on = models.DateField(_("checked on"))
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("checked by"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["-checked_on", "-id"]
        indexes = [models.Index(fields=["account", "kind", "checked_on"], name="account_check_latest")]
        verbose_name = _("account check")
        verbose_name_plural = _("account checks")

    def __str__(self) -> str:
        return f"{self.account_id} · {self.kind} · {self.checked_on}"
