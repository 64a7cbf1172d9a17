"""Imports: a file comes in, is checked, applied, watched and undone, by the services of the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.files import FileView
from coe.api.base.idempotency import idempotent
from coe.api.base.permissions import Door
from coe.api.base.uploads import ENDINGS, UploadView
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.enums.work import BatchState
from coe.errors import Invalid
from coe.models import ImportBatch, ImportProblem
from coe.registries import import_kinds
from coe.rules.scope import require
from coe.selectors.imports import batches_visible_to, reject_rows
from coe.services.exporting import csv_lines
from coe.services.import_runs import receive_import
from coe.services.import_steps import ask_to_apply, ask_to_check, discard_import
from coe.services.undo import ask_to_undo


def _address(part: str) -> Any:
    return lambda key: f"/api/v1/imports/{key}/{part}"


IMPORTS = Resource(
    name="Import",
    plural="imports",
    rows=batches_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/imports/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/imports/{key}/"),
        Field("display", ("file_name",)),
        plain("kind"),
        plain("state", choices=BatchState),
        plain("file_name"),
        plain("file_sha256"),
        plain("file_bytes", "integer"),
        plain("mapping_name"),
        plain("is_dry_run", "boolean"),
        Field("by", ("by_label",)),
        line_field(),
        *(
            plain(name, "integer")
            for name in ("rows", "progress", "created", "updated", "unchanged", "skipped", "rejected")
        ),
        plain("started_at", "datetime", nullable=True),
        plain("finished_at", "datetime", nullable=True),
        plain("undone_at", "datetime", nullable=True),
        plain("error"),
        Field(
            "is_confirmed",
            ("summary",),
            "boolean",
            lambda summary: bool(summary.get("wants_apply")),
            note="It is applied as soon as it is checked.",
        ),
        Field(
            "notes", ("summary",), "strings", lambda summary: [str(one) for one in summary.get("notes", [])]
        ),
        Field(
            "kept",
            ("summary",),
            "array",
            lambda summary: [
                {"object_type": kind, "display": label, "reason": reason}
                for kind, label, reason in summary.get("kept", [])
            ],
            note="What an undo left, because somebody changed it since.",
        ),
        Field("problems_url", ("public_id",), "uri", _address("problems/")),
        Field("rejects_url", ("public_id",), "uri", _address("rejects/")),
        plain("revision", "integer"),
        plain("created_at", "datetime"),
    ),
    filters=(
        Filter("kind", "kind"),
        Filter("state", "state", choices=BatchState),
        Filter("created_at", "created_at", "datetime"),
        Filter("rejected", "rejected", "integer"),
    ),
    ordering={"created_at": "created_at", "finished_at": "finished_at", "rows": "rows"},
    default=("-pk",),
    description="Imports: all of them for the hub, your own for you. `line` is the line that bounds what the rows may touch.",
)
PROBLEMS = Resource(
    name="ImportProblem",
    plural="problems",
    line="batch__line",
    rows=lambda principal: ImportProblem.objects.filter(batch__in=batches_visible_to(principal)),
    fields=(
        plain("row", "integer"),
        plain("is_reject", "boolean"),
        plain("field"),
        plain("code"),
        plain("message"),
        plain("raw", "object"),
    ),
    filters=(
        Filter("code", "code"),
        Filter("is_reject", "is_reject", "boolean"),
        Filter("row", "row", "integer"),
    ),
    ordering={"row": "row"},
    default=("row",),
    description="Rows that were refused or skipped, with the reason.",
)


_FILE = {"type": "string", "format": "binary"}
_WORDS = (
    ("mapping", "string", "Name of a mapping; columns named as fields need none."),
    ("dry_run", "boolean", "Check only; it can never be applied."),
    ("apply", "boolean", "Apply as soon as it is checked, without asking again."),
    ("file_name", "string", "What to call the file; its ending helps to read it."),
)
_FORM = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "file": _FILE,
        "kind": {"type": "string"},
        "mapping": {"type": "string"},
        "dry_run": {"type": "boolean"},
        "apply": {"type": "boolean"},
    },
}


class ImportListView(UploadView):
    """Imports."""

    resource = IMPORTS
    tag = "imports"
    known = frozenset({"kind", *(name for name, _kind, _note in _WORDS)})
    permissions = {"GET": Permission.VIEW, "POST": Door.SIGNED_IN}
    operations = {
        "GET": Operation("List imports", is_list=True),
        "POST": Operation(
            "Send a file; a worker checks it, and applies it when told to",
            status=202,
            parameters=(
                ("kind", "string", "What is in the file: lines, people, accounts, observations."),
                *_WORDS,
            ),
            consumes={"multipart/form-data": _FORM, **dict.fromkeys(ENDINGS, _FILE)},
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of imports."""
        return self.listed(IMPORTS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Take a file in, as a form or as the body. Nothing of the domain is written before it is applied."""
        if not any(self.principal.holds_anywhere(kind.permission) for kind in import_kinds.values()):
            require(self.principal, Permission.IMPORT)
        upload = self.received(request)
        if not upload.values.get("kind"):
            kinds = ", ".join(import_kinds)
            raise Invalid.one("kind", "required", _("Say what is in the file: %(kinds)s.") % {"kinds": kinds})
        batch = receive_import(
            upload.stream, kind=upload.values["kind"], principal=self.principal, at=self.at, file_name=upload.name,
            mapping=upload.values.get("mapping", ""), is_dry_run=self.flag(upload, "dry_run"),
            wants_apply=self.flag(upload, "apply"),
        )  # fmt: skip
        return self.told(IMPORTS, rows=ImportBatch.objects.all(), status=202, pk=batch.pk)


class ImportDetailView(HubView):
    """One import."""

    resource = IMPORTS
    tag = "imports"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read an import")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The import with its counts."""
        return self.told(IMPORTS, public_id=public_id)


class ImportProblemListView(HubView):
    """The rows an import refused."""

    resource = PROBLEMS
    tag = "imports"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List the rows an import refused or skipped", is_list=True)}

    def get(self, request: Request, public_id: UUID) -> Response:
        """A page of problems."""
        if not batches_visible_to(self.principal).filter(public_id=public_id).exists():
            raise Http404
        return self.listed(PROBLEMS, keep=lambda rows: rows.filter(batch__public_id=public_id))


class ImportActionView(HubView):
    """What a caller decides about an import; `action` comes from the route."""

    resource = IMPORTS
    tag = "imports"
    permissions = {"POST": Door.SIGNED_IN}
    operations = {"POST": Operation("Check an import again, apply it, undo it, or set it aside", status=202)}
    action = ""
    steps = {"check": ask_to_check, "apply": ask_to_apply, "undo": ask_to_undo, "discard": discard_import}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Ask for the step; a worker takes it, and the import tells how far it is."""
        batch = batches_visible_to(self.principal).filter(public_id=public_id).first()
        if batch is None:
            raise Http404
        kind = import_kinds.get(batch.kind)
        if kind is None or not self.principal.holds_anywhere(kind.permission):
            require(self.principal, Permission.IMPORT)
        body = Body(request.data or {}, (), self.principal)
        self.steps[self.action](batch, by=self.principal.actor, at=self.at, why=body.why)
        return self.told(IMPORTS, rows=ImportBatch.objects.all(), status=202, pk=batch.pk)


class ImportRejectsView(FileView):
    """The rejects file."""

    tag = "imports"
    permissions = {"GET": Permission.VIEW}
    operations = {
        "GET": Operation("Download rejected and skipped rows with their reasons", produces=("text/csv",))
    }

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        """The rows as they were read, each with its reason; mended, the file imports again."""
        batch = batches_visible_to(self.principal).filter(public_id=public_id).first()
        if batch is None:
            raise Http404
        columns, rows = reject_rows(batch)
        pieces = csv_lines(columns, rows=rows)
        return self.file(
            StreamingHttpResponse(pieces), f"rejects-{batch.public_id}.csv", "text/csv; charset=utf-8"
        )
