"""Every clock of the product is a row here. Celery only wakes the engine that reads them."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.work import TimerState
from coe.models.base import Record

LEASE = timedelta(seconds=30)
# How far the clocks of two hosts may stand apart before a lease that ends later than now + LEASE is taken for a clock set back.
SKEW = timedelta(seconds=60)
OPEN = (TimerState.WAITING, TimerState.CLAIMED)


class TimerQuerySet(models.QuerySet["Timer"]):
    """Words about timers."""

    def due(self, at: datetime) -> "TimerQuerySet":
        """Timers whose time has come and whom nobody handles: waiting, or left behind by a claimer that died.

        A lease that ends later than any honest claim could have set it was written before the clock was set back; it is over, too.
        """
        abandoned = Q(lease_until__lte=at) | Q(lease_until__gt=at + LEASE + SKEW)
        return self.filter(Q(state=TimerState.WAITING) | Q(abandoned, state=TimerState.CLAIMED)).filter(
            due_at__lte=at, state__in=OPEN
        )


class Timer(Record):
    """One clock: what happens (`kind`), to what (`subject`, a key of the kind's own choosing), and when.

    A subject has at most one clock of a kind. Each time it is set, `epoch` counts up; what was claimed under an earlier epoch is void.
    """

    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=120)
    epoch = models.PositiveIntegerField(_("epoch"), default=1)
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(
        _("state"), max_length=12, choices=TimerState.choices, default=TimerState.WAITING
    )
    claim = models.UUIDField(_("claim"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = TimerQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="timer_once"),
            models.CheckConstraint(
                condition=Q(state=TimerState.CLAIMED, claim__isnull=False, lease_until__isnull=False)
                | Q(~Q(state=TimerState.CLAIMED), claim__isnull=True, lease_until__isnull=True),
                name="timer_claimed_with_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="timer_due", condition=Q(state__in=["waiting", "claimed"])
            ),
            models.Index(
                fields=["settled_at"],
                name="timer_settled",
                condition=Q(state__in=["done", "suppressed", "cancelled"]),
            ),
            models.Index(fields=["updated_at"], name="timer_quarantine", condition=Q(state="quarantined")),
        ]
        verbose_name = _("timer")
        verbose_name_plural = _("timers")

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
