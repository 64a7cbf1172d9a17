"""Imports: what files did, and the rows they refused. Files go in through the pages."""

from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.enums.work import BatchState
from coe.models import ImportBatch, ImportProblem
from coe.rules.principals import Principal


def batches_visible_to(principal: Principal) -> QuerySet[ImportBatch]:
    """Everybody's imports for those who see or import for the whole company; one's own for the others."""
    if principal.sees_all or Permission.IMPORT in principal.company_permissions:
        return ImportBatch.objects.all()
    if principal.user is None:
        return ImportBatch.objects.none()
    return ImportBatch.objects.filter(by=principal.user)


IMPORTS = Resource(
    name="Import",
    plural="imports",
    rows=batches_visible_to,
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
    description="Imports: all of them for the hub, your own for you.",
)
PROBLEMS = Resource(
    name="ImportProblem",
    plural="problems",
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


class ImportListView(HubView):
    """Imports."""

    resource = IMPORTS
    tag = "imports"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List imports", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of imports."""
        return self.listed(IMPORTS)


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
        self.told(IMPORTS, public_id=public_id)
        return self.listed(PROBLEMS, keep=lambda rows: rows.filter(batch__public_id=public_id))
