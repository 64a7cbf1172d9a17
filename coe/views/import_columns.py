"""The middle of the import wizard: what each column means, with the first rows as they will be understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError, Duplicate
from coe.forms.import_words import field_word
from coe.forms.imports import BesideForm, ColumnsForm, ReadingForm
from coe.forms.refusals import blame
from coe.intake.kinds import fields_of
from coe.intake.mapped import reading_of
from coe.intake.reader import sheets_of
from coe.models import ImportBatch
from coe.registries import import_kinds
from coe.rules.principals import Principal
from coe.rules.scope import may, require
from coe.services.import_columns import (
    BY_HAND,
    MATCHABLE,
    Offer,
    keep_beside,
    match_columns,
    offers,
    save_mapping,
)
from coe.services.import_preview import Glimpse, Preview, glimpse, likely_header_row, preview_import
from coe.views.imports import batch_of, may_write, steps


@dataclass
class _Page:
    """What the page knows before anybody said anything: the file, its header, the mappings that suit it, the one in use."""

    reading: ReadingForm
    seen: Glimpse
    offers: list[Offer]
    offer: Offer | None
    document: dict[str, Any]
    found_header: int | None = None

    @property
    def is_by_hand(self) -> bool:
        """Whether columns are matched one by one: also with a mapping that somebody made so."""
        return self.offer is None or self.offer.document.get("name") == BY_HAND


@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say how a file is read and what its columns mean; the first rows show how that is understood. Then the whole file is checked."""
    batch = batch_of(request, public_id)
    kind = import_kinds.get(batch.kind)
    if kind is None or not may_write(request, batch):
        require(request.principal, Permission.IMPORT)
        raise Http404
    if batch.state not in MATCHABLE or batch.summary.get("wants_apply"):
        messages.error(request, _("The columns of this import are settled."))
        return redirect("import-detail", batch.public_id)
    asked = request.POST if request.method == "POST" else request.GET
    page = _page(batch, asked, request.principal)
    form = ColumnsForm(
        request.POST if request.method == "POST" and page.is_by_hand else None, kind=kind, columns=page.seen.columns,
        document=page.document if page.document.get("fields") else None, samples=page.seen.samples,
        name=_name(batch, page.offer, page.seen.columns), may_create=may(request.principal, Permission.MANAGE_LINES),
    )  # fmt: skip
    folder = Path(batch.stored_path).parent
    present = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    beside = BesideForm(
        request.POST if request.method == "POST" else None, request.FILES or None, document=page.document, present=present
    )  # fmt: skip
    wants_preview = asked.get("action") == "preview"
    if request.method == "POST" and not wants_preview and not page.seen.error:
        answer = _settle(request, batch, page, form, beside)
        if answer is not None:
            return answer
    preview = _preview(batch, page, form)
    context = {
        "batch": batch,
        "kind": kind,
        "page": page,
        "form": form,
        "beside": beside,
        "preview": preview,
        "heads": [field_word(kind.code, name) for name in preview.fields] if preview else [],
        "rows": [
            (
                row,
                [
                    (field_word(kind.code, one.field) if one.field else "", one.message)
                    for one in row.problems
                ],
            )
            for row in (preview.rows if preview else ())
        ],
        "steps": steps("columns", batch),
        "kept": {name: page.reading.data.get(name, "") for name in page.reading.fields},
    }
    if request.headers.get("HX-Request") and wants_preview:
        return render(request, "coe/imports/preview.html", context)
    failed = request.method == "POST" and not wants_preview
    return render(request, "coe/imports/columns.html", context, status=422 if failed else 200)


def _page(batch: ImportBatch, asked: Mapping[str, str], principal: Principal) -> _Page:
    sheets = sheets_of(Path(batch.stored_path), name=batch.file_name)
    is_tree = (
        batch.file_name.lower().removesuffix(".gz").endswith((".json", ".ndjson", ".jsonl", ".yaml", ".yml"))
    )
    options: dict[str, Any] = {"sheets": sheets, "is_tree": is_tree}
    first = {"sheet": sheets[0] if sheets else "", "header_row": "", "formulas": ""} | reading_back(
        batch.mapping
    )
    said = {name: asked.get(name, value) for name, value in first.items()}
    reading = ReadingForm(said, **options).reading()
    seen = glimpse(batch, document=reading)
    header = None
    if not is_tree and not said["header_row"] and "header_row" not in asked and len(seen.columns) < 2:
        if header := likely_header_row(batch, document=reading):
            said["header_row"] = str(header)
            reading = {**reading, "header_row": header}
            seen = glimpse(batch, document=reading)
    found = offers(batch.kind, columns=seen.columns, principal=principal) if seen.columns else []
    names = [offer.name for offer in found]
    wanted = asked.get(
        "mapping", batch.mapping_name or (BY_HAND if batch.mapping else names[0] if names else BY_HAND)
    )
    offer = next((one for one in found if one.name == wanted), None)
    document = (
        {**offer.document, **reading}
        if offer
        else {**(batch.mapping if _is_own(batch, seen) else {}), **reading}
    )
    form = ReadingForm({**said, "mapping": offer.name if offer else BY_HAND}, offers=found, **options)
    return _Page(form, seen, found, offer, document, header)


def _is_own(batch: ImportBatch, seen: Glimpse) -> bool:
    """Whether the mapping of the batch was made by hand for this header, so that it can be gone on with."""
    fields = batch.mapping.get("fields", {}) if batch.mapping.get("name") == BY_HAND else {}
    return bool(fields) and all(rule in seen.columns for rule in fields.values() if isinstance(rule, str))


def reading_back(document: Mapping[str, Any]) -> dict[str, str]:
    """What a mapping says about opening the file, as the form that asks for it writes it."""
    found = reading_of(document)
    texts = {name: str(found[name]) for name in ("sheet", "header_row") if name in found}
    return texts | ({"formulas": "computed"} if found.get("cached_formulas") else {})


def _name(batch: ImportBatch, offer: Offer | None, columns: Sequence[str]) -> str:
    if offer is not None and offer.saved is not None:
        return offer.name
    if all(column in fields_of(batch.kind) for column in columns):
        return ""  # columns named as fields need no memory
    return Path(batch.file_name.removesuffix(".gz")).stem[:80]


def _preview(batch: ImportBatch, page: _Page, form: ColumnsForm) -> Preview | None:
    if page.seen.error:
        return None
    document = page.document
    if page.is_by_hand:
        if form.is_bound:
            form.is_valid()
            document = form.document(page.reading.reading())
        else:
            document = form.initial_document(page.reading.reading())
        if not document["fields"]:
            return None
    return preview_import(batch, document=document, at=timezone.now())


def _settle(
    request: HttpRequest, batch: ImportBatch, page: _Page, form: ColumnsForm, beside: BesideForm
) -> HttpResponse | None:
    """Take what was said and have the file checked; None when something in it has to be put right first."""
    if (page.is_by_hand and not form.is_valid()) or not beside.is_valid():
        return None
    principal, at = request.principal, timezone.now()
    try:
        for name, file in beside.given():
            keep_beside(batch, name=name, stream=file.file)
        mapping: str | dict[str, Any] = page.document
        if not page.is_by_hand and page.offer is not None and page.offer.saved is None:
            mapping = page.offer.name
        if page.is_by_hand:
            mapping = form.document(page.reading.reading())
            if name := form.cleaned_data["name"].strip():
                mapping = save_mapping(
                    kind=batch.kind, name=name, columns=page.seen.columns, document=mapping, principal=principal, at=at,
                    saved=page.offer.saved if page.offer and page.offer.name == name else None,
                    may_replace=form.cleaned_data["replace"],
                ).name  # fmt: skip
        match_columns(batch, mapping=mapping, principal=principal, at=at)
    except Duplicate as error:
        form.is_taken = True
        blame(form, error)
    except DomainError as error:
        blame(form if page.is_by_hand else beside, error)
    else:
        return redirect("import-detail", batch.public_id)
    return None
