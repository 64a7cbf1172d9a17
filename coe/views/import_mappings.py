"""Mappings that people saved in the import wizard: look, rename, change, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError, Duplicate
from coe.forms.imports import ColumnsForm
from coe.forms.refusals import blame
from coe.intake.mapping import load_mapping, shipped_mappings
from coe.models import SavedMapping
from coe.registries import import_kinds
from coe.rules.scope import may, require
from coe.selectors.saved import saved_mappings
from coe.services.import_columns import BY_HAND, forget_mapping, save_mapping


def _require_importer(request: HttpRequest) -> None:
    if not any(request.principal.holds_anywhere(kind.permission) for kind in import_kinds.values()):
        require(request.principal, Permission.IMPORT)


def _may_change(request: HttpRequest, saved: SavedMapping) -> bool:
    """Whoever made it, and whoever imports for the whole company; one that is nobody's is used by all and changed by the hub."""
    return saved.owner_id == request.user.pk or may(request.principal, Permission.IMPORT)


@require_GET
def mapping_list(request: HttpRequest) -> HttpResponse:
    """Saved mappings, then those that ship with the hub."""
    _require_importer(request)
    labels = {code: kind.label for code, kind in import_kinds.items()}
    saved = list(
        saved_mappings(request.principal).select_related("owner").order_by("kind", "name", "id")[:500]
    )
    for one in saved:
        one.kind_label = labels.get(one.kind, one.kind)
        one.may_change = _may_change(request, one)
    shipped = [load_mapping(name) for name in shipped_mappings()]
    rows = [
        {"name": one.name, "kind": labels.get(one.kind, one.kind), "source": one.data.get("source", "")}
        for one in shipped
    ]
    return render(request, "coe/imports/mappings.html", {"saved": saved, "shipped": rows})


@require_http_methods(["GET", "POST"])
def mapping_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change the name of a saved mapping and what its columns mean."""
    _require_importer(request)
    saved = get_object_or_404(saved_mappings(request.principal), public_id=public_id)
    kind = import_kinds.get(saved.kind)
    if kind is None or not _may_change(request, saved):
        require(request.principal, Permission.IMPORT)
    is_by_hand = saved.mapping.get("name") == BY_HAND
    form = ColumnsForm(
        request.POST if request.method == "POST" else None, kind=kind, columns=saved.columns if is_by_hand else (),
        document=saved.mapping, name=saved.name, may_create=may(request.principal, Permission.MANAGE_LINES),
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        reading = {
            key: saved.mapping[key] for key in ("sheet", "header_row", "formulas") if key in saved.mapping
        }
        try:
            save_mapping(
                kind=saved.kind, name=form.cleaned_data["name"], columns=saved.columns, document=form.document(reading),
                principal=request.principal, at=timezone.now(), saved=saved, may_replace=form.cleaned_data["replace"],
            )  # fmt: skip
        except Duplicate as error:
            form.is_taken = True
            blame(form, error)
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Mapping saved."))
            return redirect("mapping-list")
    context = {"form": form, "saved": saved, "kind": kind}
    return render(request, "coe/imports/mapping.html", context, status=422 if form.errors else 200)


@require_POST
def mapping_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove a saved mapping."""
    _require_importer(request)
    saved = get_object_or_404(saved_mappings(request.principal), public_id=public_id)
    if not _may_change(request, saved):
        require(request.principal, Permission.IMPORT)
    forget_mapping(saved, by=request.principal.actor, at=timezone.now())
    messages.success(request, _("Mapping “%(name)s” removed.") % {"name": saved.name})
    return redirect(reverse("mapping-list"))
