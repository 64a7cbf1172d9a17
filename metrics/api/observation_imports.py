"""Many observations at once: a stream of NDJSON or CSV that a worker stores, with progress, rejects and undo."""

from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.idempotency import idempotent
from coe.api.base.uploads import UploadView
from coe.api.base.views import Operation
from coe.api.imports import IMPORTS
from coe.enums.roles import Permission
from coe.models import ImportBatch
from coe.services.import_runs import receive_import

_STREAM = {"type": "string", "format": "binary"}
_TYPES = ("application/x-ndjson", "text/csv", "application/json", "application/gzip")


class ObservationImportView(UploadView):
    """Observations as a file. The columns are those of the export: line, platform, handle, url, metric, date, value, …"""

    resource = IMPORTS
    tag = "observations"
    known = frozenset({"mapping", "dry_run", "file_name"})
    permissions = {"POST": Permission.SUBMIT_METRICS}
    operations = {
        "POST": Operation(
            "Stream observations in; 202 and an import to watch",
            status=202,
            parameters=(
                ("mapping", "string", "Name of a mapping; columns named as fields need none."),
                ("dry_run", "boolean", "Only find out what it would do."),
                ("file_name", "string", "What to call the file."),
            ),
            consumes=dict.fromkeys(_TYPES, _STREAM),
        )
    }

    @idempotent
    def post(self, request: Request) -> Response:
        """Take the stream in; a worker checks and applies it. Rows outside the caller's lines are rejected one by one."""
        upload = self.received(request)
        batch = receive_import(
            upload.stream, kind="observations", principal=self.principal, at=self.at, file_name=upload.name,
            mapping=upload.values.get("mapping", ""), is_dry_run=self.flag(upload, "dry_run"), wants_apply=True,
        )  # fmt: skip
        return self.told(IMPORTS, rows=ImportBatch.objects.all(), status=202, pk=batch.pk)
