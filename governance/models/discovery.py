"""Discovery: looking for accounts that are not in the register, and what was done about each that was found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, ImportBatch, Platform, Record, SocialAccount, User
from governance.enums.discovery import EvidenceKind, FindingKind, FindingState, SweepState


class DiscoverySweep(Record):
    """One search over some platforms. Completed sweeps are what the criteria on discovery rest on."""

    name = models.CharField(_("name"), max_length=160)
    method = models.TextField(_("how was searched"), blank=True)
    platforms = models.ManyToManyField(Platform, blank=True, related_name="+", verbose_name=_("platforms"))
    line = models.ForeignKey(
        BusinessLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("line and below"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=SweepState.choices, default=SweepState.RUNNING
    )
    started_at = models.DateTimeField(_("started at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    led_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("led by")
    )
    summary = models.TextField(_("result"), blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=SweepState.COMPLETED) | Q(completed_at__gte=models.F("started_at")),
                name="sweep_completed_after_start",
            )
        ]
        verbose_name = _("discovery sweep")
        verbose_name_plural = _("discovery sweeps")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The sweep's page."""
        return f"/discovery/sweeps/{self.public_id}/"


class Finding(Record):
    """An account somebody found that the register does not hold as ours, and what was made of it.

    `triaged_at` is the first judgement; time to triage is counted in business days from `found_at` to it.
    """

    sweep = models.ForeignKey(
        DiscoverySweep,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name=_("sweep"),
    )
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", verbose_name=_("platform"))
    handle = models.CharField(_("handle"), max_length=200)
    handle_key = models.CharField(_("normalised handle"), max_length=200, editable=False)
    url = models.CharField(_("URL"), max_length=500, blank=True)
    display_name = models.CharField(_("display name"), max_length=200, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=FindingKind.choices, default=FindingKind.UNKNOWN
    )
    state = models.CharField(
        _("state"), max_length=12, choices=FindingState.choices, default=FindingState.NEW
    )
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("line")
    )
    account = models.ForeignKey(
        SocialAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="findings",
        verbose_name=_("account"),
    )
    description = models.TextField(_("what was seen"), blank=True)
    found_at = models.DateTimeField(_("found at"))
    found_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("found by")
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name=_("handled by")
    )
    triaged_at = models.DateTimeField(_("judged at"), null=True, blank=True)
    triaged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("judged by")
    )
    judgement = models.TextField(_("judgement"), blank=True)
    takedown_reference = models.CharField(_("take-down reference"), max_length=160, blank=True)
    takedown_asked_at = models.DateTimeField(_("take-down asked at"), null=True, blank=True)
    takedown_due_at = models.DateTimeField(_("ask again at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    batch = models.ForeignKey(
        ImportBatch, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-found_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "handle_key"], name="finding_once_per_handle"),
            models.CheckConstraint(condition=~Q(handle_key=""), name="finding_has_handle_key"),
            models.CheckConstraint(
                condition=Q(state=FindingState.NEW) | Q(triaged_at__isnull=False),
                name="finding_judged_has_stamp",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.TAKEDOWN) | Q(takedown_asked_at__isnull=False),
                name="finding_takedown_has_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "found_at"], name="finding_state"),
            models.Index(fields=["line", "state"], name="finding_line_state"),
        ]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return self.display_name or self.handle

    def get_absolute_url(self) -> str:
        """The finding's page."""
        return f"/discovery/{self.public_id}/"


class FindingEvidence(Record):
    """A link, a note or a file that shows what was found. A file is kept under its hash and served as an attachment only."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="evidence", verbose_name=_("finding"))
    kind = models.CharField(_("kind"), max_length=6, choices=EvidenceKind.choices)
    text = models.TextField(_("note"), blank=True)
    url = models.URLField(_("link"), max_length=500, blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    file_type = models.CharField(max_length=80, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    stored_path = models.CharField(max_length=255, blank=True, editable=False)
    added_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("added by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind=EvidenceKind.LINK) & ~Q(url=""))
                | (Q(kind=EvidenceKind.NOTE) & ~Q(text=""))
                | (Q(kind=EvidenceKind.FILE) & ~Q(sha256="")),
                name="finding_evidence_has_its_content",
            )
        ]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return f"{self.finding_id} · {self.kind}"
