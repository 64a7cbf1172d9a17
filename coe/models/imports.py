"""Imports: a file, what it would do, what it did, and how to take it back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.work import BatchState
from coe.models.base import Record
from coe.models.lines import BusinessLine
from coe.models.users import User


class ImportBatch(Record):
    """One file of one kind. `line` is the caller's outermost line when a token or a line lead imports; it bounds what rows may touch."""

    kind = models.CharField(_("kind"), max_length=32)
    state = models.CharField(
        _("state"), max_length=12, choices=BatchState.choices, default=BatchState.UPLOADED
    )
    file_name = models.CharField(_("file"), max_length=255)
    file_sha256 = models.CharField(_("sha256"), max_length=64)
    file_bytes = models.BigIntegerField(_("bytes"), default=0)
    stored_path = models.CharField(max_length=255, blank=True, editable=False)
    mapping_name = models.CharField(_("mapping"), max_length=80, blank=True)
    mapping = models.JSONField(default=dict, blank=True, editable=False)
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    by_label = models.CharField(_("by"), max_length=200, blank=True)
    principal = models.JSONField(default=dict, editable=False)
    line = models.ForeignKey(
        BusinessLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("line")
    )
    rows = models.PositiveIntegerField(_("rows"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    summary = models.JSONField(_("summary"), default=dict)
    progress = models.PositiveIntegerField(_("rows done"), default=0)
    lease_until = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return f"{self.file_name} ({self.kind})"


class ImportProblem(models.Model):
    """A row that was rejected or skipped, with the reason; downloadable as a file."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    is_reject = models.BooleanField(default=True)
    field = models.CharField(_("field"), max_length=80, blank=True)
    code = models.CharField(_("code"), max_length=60)
    message = models.CharField(_("message"), max_length=500)
    raw = models.JSONField(_("row as read"), default=dict)

    class Meta:
        ordering = ["batch", "row", "id"]
        verbose_name = _("import problem")
        verbose_name_plural = _("import problems")

    def __str__(self) -> str:
        return f"{self.row}: {self.message}"


class ImportEffect(models.Model):
    """What an import did to one record, so that it can be undone: the values before, and the revision it left behind."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="effects")
    object_type = models.CharField(max_length=60)
    object_pk = models.BigIntegerField()
    is_create = models.BooleanField()
    before = models.JSONField(default=dict)
    revision_after = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["batch", "-id"], name="import_effect_batch")]
        verbose_name = _("import effect")
        verbose_name_plural = _("import effects")

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_pk}"


class SavedMapping(Record):
    """A mapping people made in the wizard, remembered for the next file from the same source, which its header gives away."""

    kind = models.CharField(_("kind"), max_length=32)
    name = models.CharField(_("name"), max_length=80)
    columns = models.JSONField(_("columns"), default=list)
    signature = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    mapping = models.JSONField(_("mapping"), default=dict)
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name=_("owner"))

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "name"], name="saved_mapping_name_of_owner_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(owner=None), name="saved_mapping_name_of_nobody_once"
            ),
        ]
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")

    def __str__(self) -> str:
        return self.name
