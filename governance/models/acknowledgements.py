"""Who owes an acknowledgement, since when and why, and what each person answered. Both are kept; neither is computed backwards."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import Role
from coe.models import BusinessLine, Record, User
from governance.enums.policies import Answer, CampaignState, DueCause, DueEnd
from governance.models.policies import Policy, PolicyVersion


class AcknowledgementCampaign(Record):
    """A round in which people acknowledge policies (again) by a date. A yearly attestation is such a round."""

    name = models.CharField(_("name"), max_length=160)
    policies = models.ManyToManyField(Policy, related_name="campaigns", verbose_name=_("policies"))
    line = models.ForeignKey(
        BusinessLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("line and below"),
    )
    is_repeated = models.BooleanField(
        _("asks everybody again"),
        default=False,
        help_text=_("Otherwise only those who have not acknowledged yet are asked."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=CampaignState.choices, default=CampaignState.PLANNED
    )
    audience_total = models.PositiveIntegerField(default=0, editable=False)
    audience_done = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("starts_at")), name="ack_campaign_due_after_start"
            )
        ]
        verbose_name = _("acknowledgement campaign")
        verbose_name_plural = _("acknowledgement campaigns")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The campaign's page."""
        return f"/policies/campaigns/{self.public_id}/"


class Acknowledgement(Record):
    """What a person answered to the exact words they were shown. Written once, never changed.

    A decline can be taken back (`withdrawn_at`), and the person then answers again; an acceptance stands. `recorded_by` is somebody else
    who answered on the person's behalf, with a note. The person's name is kept as it was.
    """

    version = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="acknowledgements", verbose_name=_("version")
    )
    person = models.ForeignKey(
        User, models.PROTECT, related_name="acknowledgements", verbose_name=_("person")
    )
    campaign = models.ForeignKey(
        AcknowledgementCampaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="acknowledgements",
        verbose_name=_("campaign"),
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices)
    reason = models.TextField(_("reason"), blank=True)
    language = models.CharField(_("language shown"), max_length=10)
    sha256 = models.CharField(_("hash of the text shown"), max_length=64)
    at = models.DateTimeField(_("at"))
    person_name = models.CharField(_("name at the time"), max_length=200)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(_("decline taken back at"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "person"],
                condition=Q(campaign__isnull=True, withdrawn_at__isnull=True),
                name="acknowledgement_once",
            ),
            models.UniqueConstraint(
                fields=["version", "person", "campaign"],
                condition=Q(campaign__isnull=False, withdrawn_at__isnull=True),
                name="acknowledgement_once_a_campaign",
            ),
            models.CheckConstraint(
                condition=~Q(answer=Answer.DECLINED, reason=""), name="acknowledgement_decline_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(answer=Answer.DECLINED),
                name="acknowledgement_only_declines_are_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=True) | ~Q(note=""), name="acknowledgement_on_behalf_has_note"
            ),
        ]
        indexes = [models.Index(fields=["person", "version"], name="acknowledgement_person")]
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")

    def __str__(self) -> str:
        return f"{self.person_name} · {self.version_id} · {self.answer}"


class PolicyDue(models.Model):
    """One person owes an acknowledgement of one version, from an instant until the row is ended. Membership of an audience is kept here.

    `settled_by` is the acceptance (or standing decline) that answers it. Of a minor version, an acceptance of the same major number
    settles it at once. `role` and `line` say through which role the person is in the audience: coverage and escalation go by them.
    """

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="due", verbose_name=_("version"))
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="due", verbose_name=_("policy"))
    person = models.ForeignKey(User, models.PROTECT, related_name="policies_due", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=32, choices=Role.choices, blank=True)
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("line")
    )
    cause = models.CharField(_("cause"), max_length=10, choices=DueCause.choices)
    campaign = models.ForeignKey(
        AcknowledgementCampaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="due",
        verbose_name=_("campaign"),
    )
    from_at = models.DateTimeField(_("from"))
    due_at = models.DateTimeField(_("due"))
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended = models.CharField(
        _("ended because"), max_length=12, choices=DueEnd.choices, default="", blank=True
    )
    settled_by = models.ForeignKey(
        Acknowledgement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, default="", blank=True)
    settled_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "person"],
                condition=Q(until_at__isnull=True, campaign__isnull=True),
                name="policy_due_once",
            ),
            models.UniqueConstraint(
                fields=["version", "person", "campaign"],
                condition=Q(until_at__isnull=True, campaign__isnull=False),
                name="policy_due_once_a_campaign",
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True, ended="") | (Q(until_at__isnull=False) & ~Q(ended="")),
                name="policy_due_end_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "due_at"],
                name="policy_due_open",
                condition=Q(until_at__isnull=True, answer=""),
            ),
            models.Index(
                fields=["policy", "line"], name="policy_due_coverage", condition=Q(until_at__isnull=True)
            ),
        ]
        verbose_name = _("acknowledgement owed")
        verbose_name_plural = _("acknowledgements owed")

    def __str__(self) -> str:
        return f"{self.person_id} · {self.version_id}"
