"""Service tokens: a machine's key to one line and the lines below it. Only the digest is stored."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.models.base import Record
from coe.models.lines import BusinessLine
from coe.models.users import User


class ServiceToken(Record):
    """`coe_<prefix>_<secret>`; the secret has 256 bits, so a plain SHA-256 is enough and costs microseconds per call (argon2: 139 ms)."""

    line = models.ForeignKey(BusinessLine, models.PROTECT, related_name="tokens", verbose_name=_("line"))
    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name=_("created by"), null=True
    )
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    replaces = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("replaces"),
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, at: datetime) -> bool:
        """Neither revoked nor expired at an instant."""
        return self.expires_at > at and (self.revoked_at is None or self.revoked_at > at)
