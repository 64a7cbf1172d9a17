"""What leaves the hub. A message is a row written in the transaction that causes it; a worker sends it and settles the row."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.enums.work import OutboxState
from coe.models.base import Record
from coe.models.lines import BusinessLine
from coe.models.users import User


class OutboxMessage(Record):
    """One message to one recipient. `key` makes a second enqueue of the same message a no-op."""

    key = models.CharField(_("idempotency key"), max_length=160, unique=True)
    channel = models.CharField(_("channel"), max_length=12)
    recipient = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=40)
    payload = models.JSONField(_("payload"), default=dict)
    state = models.CharField(
        _("state"), max_length=12, choices=OutboxState.choices, default=OutboxState.PENDING
    )
    not_before = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["not_before", "id"]
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                name="outbox_due",
                condition=models.Q(state__in=["pending", "leased"]),
            ),
        ]
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outbox")

    def __str__(self) -> str:
        return self.key


class Notice(Record):
    """A message in a person's inbox."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("link"), max_length=300, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="notice_user")]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return self.subject


class LineFact(models.Model):
    """Something that scores rest on changed for a line (null: for the programme). The consumer deletes exactly the rows it read.

    Rows, not flags: a flag that is cleared while a second change arrives loses that change.
    """

    line = models.ForeignKey(BusinessLine, models.CASCADE, null=True, related_name="+")
    fact = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("changed fact")
        verbose_name_plural = _("changed facts")

    def __str__(self) -> str:
        return f"{self.line_id} {self.fact}"


class IdempotencyRecord(models.Model):
    """The first answer to a POST with an Idempotency-Key, kept for 24 hours."""

    principal = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="idempotency_key_once")]
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")

    def __str__(self) -> str:
        return self.key
