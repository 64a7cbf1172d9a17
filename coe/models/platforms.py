"""The catalogue of platforms: how a pasted URL becomes a platform and a handle, and what the hub decided about each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.enums.accounts import PlatformDecision
from coe.models.base import Record


class Platform(Record):
    """One network. Host patterns and handle rules are data (see `coe.handles`), so a new network needs no release."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    hosts = models.JSONField(_("host patterns"), default=list, blank=True)
    handle_rules = models.JSONField(_("handle rules"), default=list, blank=True)
    url_template = models.CharField(_("canonical URL"), max_length=200, blank=True)
    is_case_sensitive = models.BooleanField(_("handles are case sensitive"), default=False)
    is_mfa_capable = models.BooleanField(_("offers multi-factor authentication"), default=True)
    allows_comments = models.BooleanField(_("allows comments"), default=True)
    decision = models.CharField(
        _("decision"),
        max_length=16,
        choices=PlatformDecision.choices,
        default=PlatformDecision.UNDECIDED,
        blank=True,
    )
    decision_note = models.CharField(_("decision note"), max_length=300, blank=True)
    terms_reviewed_on = models.DateField(_("terms and privacy reviewed on"), null=True, blank=True)
    terms_review_due_on = models.DateField(_("next review on"), null=True, blank=True)
    is_active = models.BooleanField(_("offered for new accounts"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")

    def __str__(self) -> str:
        return self.name
