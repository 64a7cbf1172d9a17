"""The audit trail. No foreign keys: it must outlive its subjects. Append-only; nobody updates or deletes a row but the retention task."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.enums.work import ActorKind, JournalKind
from coe.models.base import Record, uuid7
from coe.models.lines import BusinessLine
from coe.models.users import User


class TransactionId(models.Func):
    """The id of the writing transaction, so that the change feed never passes a row that is not committed yet.

    PostgreSQL hands out sequence values before commit; a reader who has seen id 12 may see id 11 appear later. The feed
    therefore stops below the oldest running transaction. SQLite has one writer, so order of id is order of commit.
    """

    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return "0", []

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return "(pg_current_xact_id()::text::bigint)", []


class ChangeEvent(models.Model):
    """One thing that happened: who, when, what, why, through which request. `changes` maps field → [before, after]."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    at = models.DateTimeField(_("at"))
    transaction = models.BigIntegerField(db_default=TransactionId(), editable=False)
    actor_kind = models.CharField(_("actor kind"), max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(_("actor id"), max_length=40, blank=True)
    actor_label = models.CharField(_("actor"), max_length=200)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    why = models.CharField(_("why"), max_length=500, blank=True)
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("type"), max_length=60)
    object_id = models.UUIDField(_("object"))
    object_label = models.CharField(_("name"), max_length=250)
    line_id = models.BigIntegerField(_("line"), null=True)
    changes = models.JSONField(_("changes"), default=dict)
    batch_id = models.UUIDField(_("import"), null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["transaction", "id"], name="change_feed"),
            models.Index(fields=["object_id", "-id"], name="change_object"),
            models.Index(fields=["line_id", "-id"], name="change_line"),
        ]
        verbose_name = _("change")
        verbose_name_plural = _("change history")

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"


class JournalEntry(Record):
    """A note on a record, in Markdown. `line` decides who may read it."""

    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    line = models.ForeignKey(BusinessLine, models.CASCADE, null=True, blank=True, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("author"))
    kind = models.CharField(_("kind"), max_length=12, choices=JournalKind.choices, default=JournalKind.NOTE)
    body = models.TextField(_("text"))

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["object_id", "-created_at"], name="journal_object")]
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal")

    def __str__(self) -> str:
        return self.body[:60]


class SavedFilter(Record):
    """A list as somebody wants to find it again: the page and its query string."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_filters", verbose_name=_("owner"))
    page = models.CharField(_("page"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("query"), blank=True)
    is_shared = models.BooleanField(_("shared with everyone"), default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_filter_name_once")
        ]
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")

    def __str__(self) -> str:
        return self.name
