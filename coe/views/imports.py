"""Imports: the list, the upload, what a file would do, does or did, apply, undo. Columns have a page of their own."""

import csv
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.enums.work import BatchState
from coe.errors import DomainError
from coe.forms.import_words import field_word
from coe.forms.imports import BatchFilterForm, UploadForm
from coe.forms.refusals import blame
from coe.forms.tables import Column, Table
from coe.models import ImportBatch, User
from coe.registries import import_kinds
from coe.rules.scope import require
from coe.selectors.imports import batches_visible_to, narrow_imports, reasons_of, reject_rows
from coe.selectors.saved import saved_views
from coe.services.exporting import csv_lines
from coe.services.import_columns import MATCHABLE
from coe.services.import_runs import receive_import
from coe.services.import_steps import ask_to_apply, discard_import
from coe.services.undo import ask_to_undo

BUSY = (BatchState.UPLOADED, BatchState.VALIDATING, BatchState.APPLYING, BatchState.UNDOING)
PROBLEMS_SHOWN = 100
COLUMNS = (
    Column("file", gettext_lazy("File"), ("file_name", "-id"), fixed=True),
    Column("kind", gettext_lazy("Kind"), ("kind", "-id")),
    Column("state", gettext_lazy("State"), ("state", "-id")),
    Column("rows", gettext_lazy("Rows"), ("rows", "-id"), num=True),
    Column("created", gettext_lazy("Created"), ("created", "-id"), num=True),
    Column("updated", gettext_lazy("Changed"), ("updated", "-id"), num=True),
    Column("unchanged", gettext_lazy("Unchanged"), ("unchanged", "-id"), num=True, spare=True),
    Column("skipped", gettext_lazy("Skipped"), ("skipped", "-id"), num=True, spare=True),
    Column("rejected", gettext_lazy("Rejected"), ("rejected", "-id"), num=True),
    Column("by", gettext_lazy("By"), ("by_label", "-id")),
    Column("at", gettext_lazy("When"), ("id",)),
)


def _kinds(request: HttpRequest) -> list[Any]:
    return [kind for kind in import_kinds.values() if request.principal.holds_anywhere(kind.permission)]


def batch_of(request: HttpRequest, public_id: UUID) -> ImportBatch:
    """An import the reader may see."""
    return get_object_or_404(batches_visible_to(request.principal).select_related("by"), public_id=public_id)


def may_write(request: HttpRequest, batch: ImportBatch) -> bool:
    """Whether the reader may decide about an import of this kind."""
    kind = import_kinds.get(batch.kind)
    return kind is not None and request.principal.holds_anywhere(kind.permission)


def steps(now: str, batch: ImportBatch | None = None) -> list[dict[str, Any]]:
    """The way of a file through the wizard: what is done, where we are, what comes."""
    order = ("file", "columns", "check", "apply")
    words = {"file": _("File"), "columns": _("Columns"), "check": _("Check"), "apply": _("Apply")}
    place = order.index(now) if now in order else len(order)
    url = reverse("import-columns", args=[batch.public_id]) if batch and batch.state in MATCHABLE else ""
    return [
        {
            "label": words[name],
            "state": "done" if number < place else "now" if number == place else "",
            "url": url if name == "columns" and number < place else "",
        }
        for number, name in enumerate(order)
    ]


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Imports so far, newest first: who brought what, when, and what became of it."""
    seen = batches_visible_to(request.principal).select_related("by")
    people = User.objects.filter(pk__in=seen.order_by().values("by")).order_by("name", "email")
    filters = BatchFilterForm(request.GET, kinds=list(import_kinds.values()), people=people)
    kinds = _kinds(request)
    new_url = reverse("import-new")
    is_narrowed = bool(filters.criteria())
    table = Table(
        id="imports",
        label=_("Imports"),
        columns=COLUMNS,
        query=request.GET,
        row_template="coe/imports/row.html",
        default_sort="-at",
        empty={
            "icon": "file-import",
            "title": _("No import matches") if is_narrowed else _("No import yet"),
            "text": _("Ask for less, or clear the filter.")
            if is_narrowed
            else _("Bring your own spreadsheet: the first reading only says what it would do."),
            "actions": [{"label": _("Import a file"), "url": new_url, "primary": True}]
            if kinds and not is_narrowed
            else [],
        },
    )
    batches = narrow_imports(seen, criteria=filters.criteria()).order_by(*table.order_by)
    table.page = Paginator(batches, 50).get_page(request.GET.get("page"))
    table.total = table.page.paginator.count
    labels = {code: kind.label for code, kind in import_kinds.items()}
    for batch in table.page:
        batch.kind_label = labels.get(batch.kind, batch.kind)
    context = {
        "table": table,
        "filters": filters,
        "may_import": bool(kinds),
        "saved": saved_views(request.user, page="import-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
    }
    return render(request, "coe/imports/list.html", context)


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Take a file in; the next page asks what its columns mean."""
    kinds = _kinds(request)
    if not kinds:
        require(request.principal, Permission.IMPORT)
    wanted = request.GET.get("kind", "")
    initial = {"kind": wanted if wanted in {kind.code for kind in kinds} else kinds[0].code}
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds, initial=initial)
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = receive_import(
                file.file,
                kind=form.cleaned_data["kind"],
                principal=request.principal,
                at=timezone.now(),
                file_name=Path(file.name).name[:255],
                wants_columns=True,
            )
        except DomainError as error:
            blame(form, error)
        else:
            return redirect("import-columns", batch.public_id)
    context = {"form": form, "kinds": kinds, "steps": steps("file")}
    return render(request, "coe/imports/new.html", context, status=422 if form.errors else 200)


@require_GET
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty table of a kind: the columns that need no matching."""
    found = import_kinds.get(kind)
    if found is None:
        raise Http404
    if not request.principal.holds_anywhere(found.permission):
        require(request.principal, Permission.IMPORT)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    answer.write("\ufeff")
    csv.writer(answer).writerow(found.fields)
    return answer


@require_GET
def import_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the file would do, does or did. While a worker is busy the page asks again every two seconds."""
    batch = batch_of(request, public_id)
    mine = may_write(request, batch)
    if batch.state == BatchState.MATCHING and mine:
        return redirect("import-columns", batch.public_id)
    kind = import_kinds.get(batch.kind)
    wants_apply = bool(batch.summary.get("wants_apply"))
    is_busy = batch.state in BUSY or (batch.state == BatchState.READY and wants_apply)
    now = dict.fromkeys(
        (BatchState.APPLIED, BatchState.FAILED, BatchState.UNDOING, BatchState.UNDONE, BatchState.DISCARDED),
        "",
    )
    context = {
        "batch": batch,
        "kind": kind,
        "is_busy": is_busy,
        "may_apply": mine and batch.state == BatchState.READY and not batch.is_dry_run and not wants_apply,
        "may_match": mine and batch.state in MATCHABLE and not wants_apply,
        "may_discard": mine and batch.state in (BatchState.UPLOADED, BatchState.READY, BatchState.REFUSED),
        "may_undo": mine and batch.state in (BatchState.APPLIED, BatchState.FAILED),
        "does_nothing": batch.state == BatchState.READY and not (batch.created or batch.updated),
        "problems": [
            (one, field_word(batch.kind, one.field) if one.field else "")
            for one in batch.problems.order_by("-is_reject", "row", "id")[:PROBLEMS_SHOWN]
        ],
        "reasons": [
            (one, field_word(batch.kind, one["field"]) if one["field"] else "")
            for one in (reasons_of(batch) if batch.rows and not is_busy else [])
        ],
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
        "undo": {"done": batch.summary.get("undo_done", 0), "total": batch.summary.get("undo_total", 0)},
        "kept": batch.summary.get("kept", [])[:PROBLEMS_SHOWN],
        "notes": [str(note) for note in batch.summary.get("notes", [])],
        "steps": steps(
            "apply" if is_busy and wants_apply else now.get(BatchState(batch.state), "check"),
            batch if mine else None,
        ),
    }
    template = "coe/imports/status.html" if request.headers.get("HX-Request") else "coe/imports/detail.html"
    return render(request, template, context)


@require_POST
def import_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Apply, discard or undo an import."""
    batch = batch_of(request, public_id)
    if not may_write(request, batch):
        require(request.principal, Permission.IMPORT)
        raise Http404
    steps = {
        "apply": (ask_to_apply, _("The import is being applied.")),
        "discard": (discard_import, _("The import is set aside; nothing was written.")),
        "undo": (ask_to_undo, _("The import is being taken back. What others changed since stays.")),
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
def import_rejects(request: HttpRequest, public_id: UUID) -> StreamingHttpResponse:
    """Rejected and skipped rows as CSV, streamed: the reason beside the row as it was read."""
    batch = batch_of(request, public_id)
    columns, rows = reject_rows(batch)
    pieces = (
        f"\ufeff{piece}" if place == 0 else piece for place, piece in enumerate(csv_lines(columns, rows=rows))
    )
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rejects-{batch.public_id}.csv"'
    return answer
