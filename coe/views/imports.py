"""Imports: upload, match columns, look at what would happen, apply, watch, undo."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.enums.work import BatchState
from coe.errors import DomainError
from coe.forms.imports import ColumnsForm, UploadForm
from coe.forms.refusals import blame
from coe.intake.errors import IntakeError
from coe.intake.mapping import shipped_mappings
from coe.intake.reader import open_table
from coe.models import ImportBatch
from coe.registries import import_kinds
from coe.rules.scope import require
from coe.selectors.imports import batches_visible_to, reject_rows
from coe.selectors.saved import saved_mappings
from coe.services.exporting import csv_lines
from coe.services.import_runs import receive_import
from coe.services.import_steps import ask_to_apply, discard_import
from coe.services.undo import undo_import

BUSY = (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.APPLYING, BatchState.UNDOING)
PROBLEMS_SHOWN = 100


def _kinds(request: HttpRequest) -> list[Any]:
    return [kind for kind in import_kinds.values() if request.principal.holds_anywhere(kind.permission)]


def _batch(request: HttpRequest, public_id: UUID) -> ImportBatch:
    return get_object_or_404(batches_visible_to(request.principal).select_related("by"), public_id=public_id)


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Imports so far, newest first."""
    page = Paginator(batches_visible_to(request.principal).select_related("by").order_by("-id"), 50).get_page(
        request.GET.get("page")
    )
    return render(request, "coe/imports/list.html", {"page": page, "may_import": bool(_kinds(request))})


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Take a file in; a worker then finds out what applying it would do."""
    kinds = _kinds(request)
    if not kinds:
        require(request.principal, Permission.IMPORT)
    names = [*saved_mappings(request.principal).values_list("name", flat=True), *shipped_mappings()]
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        kinds=kinds,
        mappings=list(dict.fromkeys(names)),
        initial={"kind": request.GET.get("kind", "")},
    )
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = receive_import(
                file.file,
                kind=form.cleaned_data["kind"],
                principal=request.principal,
                at=timezone.now(),
                file_name=Path(file.name).name[:255],
                mapping=form.cleaned_data["mapping"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            return redirect("import-detail", batch.public_id)
    context = {
        "form": form,
        "title": _("Import a file"),
        "submit": _("Upload and check"),
        "cancel_url": reverse("import-list"),
        "crumbs": [(_("Imports"), reverse("import-list"))],
        "intro": _(
            "First the file is only read: you see row by row what would be created, changed, skipped or rejected, and decide then."
        ),
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_GET
def import_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the file would do, does or did. While a worker is busy the page asks again every two seconds."""
    batch = _batch(request, public_id)
    mine = _may_write(request, batch)
    columns = _columns(batch) if mine and batch.state in (BatchState.READY, BatchState.REFUSED) else []
    kind = import_kinds.get(batch.kind)
    problems = batch.problems.order_by("-is_reject", "row", "id")[:PROBLEMS_SHOWN]
    context = {
        "batch": batch,
        "kind": kind,
        "is_busy": batch.state in BUSY
        or (batch.state == BatchState.READY and batch.summary.get("wants_apply")),
        "may_apply": mine
        and batch.state == BatchState.READY
        and not batch.is_dry_run
        and not batch.summary.get("wants_apply"),
        "may_discard": mine and batch.state in (BatchState.UPLOADED, BatchState.READY, BatchState.REFUSED),
        "may_undo": mine and batch.state in (BatchState.APPLIED, BatchState.FAILED),
        "problems": problems,
        "columns_form": ColumnsForm(fields=kind.fields, columns=columns) if kind and columns else None,
        "tiles": [
            {"label": label, "value": value, "whole": batch.rows}
            for label, value in (
                (_("Created"), batch.created),
                (_("Changed"), batch.updated),
                (_("Unchanged"), batch.unchanged),
                (_("Skipped"), batch.skipped),
                (_("Rejected"), batch.rejected),
            )
        ],
        "kept": batch.summary.get("kept", [])[:PROBLEMS_SHOWN],
        "notes": [str(note) for note in batch.summary.get("notes", [])],
    }
    template = "coe/imports/status.html" if request.headers.get("HX-Request") else "coe/imports/detail.html"
    return render(request, template, context)


def _may_write(request: HttpRequest, batch: ImportBatch) -> bool:
    kind = import_kinds.get(batch.kind)
    return kind is not None and request.principal.holds_anywhere(kind.permission)


def _columns(batch: ImportBatch) -> list[str]:
    """The header of the stored file; none when it cannot be opened any more."""
    try:
        return list(open_table(Path(batch.stored_path), name=batch.file_name).columns)
    except (IntakeError, OSError):
        return []


@require_POST
def import_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read the same file again with columns matched by hand; the first reading is set aside."""
    batch = _batch(request, public_id)
    kind = import_kinds.get(batch.kind)
    if kind is None or not _may_write(request, batch):
        require(request.principal, Permission.IMPORT)
        raise Http404
    form = ColumnsForm(request.POST, fields=kind.fields, columns=_columns(batch))
    if not form.is_valid():
        messages.error(request, _("Match at least one column."))
        return redirect("import-detail", batch.public_id)
    with Path(batch.stored_path).open("rb") as stream:
        content = io.BytesIO(stream.read())
    again = receive_import(
        content,
        kind=batch.kind,
        principal=request.principal,
        at=timezone.now(),
        file_name=batch.file_name,
        mapping=form.document(batch.kind),
    )
    return redirect("import-detail", again.public_id)


@require_POST
def import_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Apply, discard or undo an import."""
    batch = _batch(request, public_id)
    if not _may_write(request, batch):
        require(request.principal, Permission.IMPORT)
        raise Http404
    steps = {
        "apply": (ask_to_apply, _("The import is being applied.")),
        "discard": (discard_import, _("The import is set aside; nothing was written.")),
        "undo": (
            undo_import,
            _("The import is taken back. What others changed since is kept and listed below."),
        ),
    }
    if request.POST.get("action") not in steps:
        raise Http404
    step, words = steps[request.POST["action"]]
    try:
        step(batch, by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, words)
    return redirect("import-detail", batch.public_id)


@require_GET
def import_rejects(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rejected and skipped rows as CSV: the reason beside the row as it was read."""
    batch = _batch(request, public_id)
    columns, rows = reject_rows(batch)
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejects-{batch.public_id}.csv"'
    for piece in csv_lines(columns, rows=rows):
        answer.write(piece)
    return answer
