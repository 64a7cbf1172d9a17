"""Exports as files: CSV, XLSX and JSON, in scope, in the columns that an import reads again."""

import tempfile
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from coe.api.base.files import FileView
from coe.api.base.queries import lines_named
from coe.api.base.views import Operation
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.registries import export_kinds
from coe.services.exporting import FORMATS, csv_lines, export_file, export_rows, json_lines


class ExportView(FileView):
    """One kind of records as a file."""

    tag = "exports"
    permissions = {"GET": Permission.EXPORT}
    operations = {
        "GET": Operation(
            "Download lines, people, accounts or observations",
            parameters=(
                ("format", "string", "csv (the default), xlsx or json."),
                ("line_subtree", "string", "Only this line and all lines below it."),
            ),
            produces=tuple(kind.partition(";")[0] for kind in FORMATS.values()),
        )
    }

    def get(self, request: Request, kind: str) -> HttpResponseBase:
        """The file, streamed; a workbook is written to disk first."""
        if kind not in export_kinds:
            raise Http404
        asked = request.query_params
        if unknown := sorted(set(asked) - {"format", "line_subtree"}):
            words = _("Known here: %(known)s.") % {"known": "format, line_subtree"}
            raise Invalid.one(unknown[0][:80], "parameter_unknown", words)
        form, line = asked.get("format", "csv"), None
        if form not in FORMATS:
            words = _("Choose one of: %(formats)s.") % {"formats": ", ".join(FORMATS)}
            raise Invalid.one("format", "format_unknown", words)
        if code := asked.get("line_subtree"):
            line = lines_named(self.principal, "line", [code]).first()
            if line is None:
                words = _("No line “%(code)s” in your scope.") % {"code": code[:80]}
                raise Invalid.one("line_subtree", "line_unknown", words)
        name = f"{kind}-{self.at.date()}.{form}"
        if form == "xlsx":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                export_file(kind, principal=self.principal, target=path, form=form, line=line)
                # Open it while it has a name; the system keeps the bytes until the answer is sent.
                return self.file(FileResponse(path.open("rb")), name, FORMATS[form])
        columns, rows = export_rows(kind, principal=self.principal, line=line)
        pieces = csv_lines(columns, rows=rows) if form == "csv" else json_lines(columns, rows=rows)
        return self.file(StreamingHttpResponse(pieces), name, FORMATS[form])
