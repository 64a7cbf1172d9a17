"""Lines: create, edit, move, archive and restore. The list and the page of a line show scores and live in metrics."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.enums.lines import LineStatus
from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.lines import ArchiveForm, LineForm, MoveForm
from coe.forms.refusals import blame
from coe.models import BusinessLine
from coe.rules.scope import lines_in_scope, require
from coe.services.journal import add_note
from coe.services.lines import archive_line, create_line, edit_line, move_line, restore_line


def _page(
    request: HttpRequest, form: Any, *, title: str, submit: str, line: BusinessLine | None = None, **more: Any
) -> HttpResponse:
    crumbs = [(_("Lines"), reverse("line-list"))]
    if line:
        crumbs.append((line.name, reverse("line-detail", args=[line.code])))
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "cancel_url": crumbs[-1][1],
        "crumbs": crumbs,
        **more,
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


def _line(request: HttpRequest, code: str) -> BusinessLine:
    return get_object_or_404(
        lines_in_scope(request.principal).select_related("parent"), code_key=code.casefold()
    )


@require_http_methods(["GET", "POST"])
def line_create(request: HttpRequest) -> HttpResponse:
    """Add a line to the tree."""
    require(request.principal, Permission.MANAGE_LINES)
    parents = BusinessLine.objects.active()
    form = LineForm(request.POST or None, parents=parents)
    if form.is_bound and form.is_valid():
        try:
            line = create_line(
                **form.values(), by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Line %(name)s created.") % {"name": line})
            return redirect("line-detail", line.code)
    return _page(request, form, title=_("New line"), submit=_("Create the line"))


@require_http_methods(["GET", "POST"])
def line_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what a line says about itself."""
    line = _line(request, code)
    require(request.principal, Permission.EDIT_LINE, line.pk)
    form = LineForm(
        request.POST or None,
        line=line,
        whole=Permission.MANAGE_LINES in request.principal.company_permissions,
    )
    if form.is_bound and form.is_valid():
        try:
            edited = edit_line(
                line,
                changes=form.changes(),
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Line %(name)s saved.") % {"name": edited})
            return redirect("line-detail", edited.code)
    return _page(
        request, form, title=_("Edit %(name)s") % {"name": line}, submit=_("Save the line"), line=line
    )


@require_http_methods(["GET", "POST"])
def line_move(request: HttpRequest, code: str) -> HttpResponse:
    """Hang a line, with all lines below it, under another parent."""
    line = _line(request, code)
    require(request.principal, Permission.MANAGE_LINES)
    inside = BusinessLine.objects.below(line).values("pk")
    form = MoveForm(
        request.POST or None, line=line, parents=BusinessLine.objects.active().exclude(pk__in=inside)
    )
    if form.is_bound and form.is_valid():
        try:
            move_line(
                line,
                parent=form.cleaned_data["parent"],
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Line %(name)s moved.") % {"name": line})
            return redirect("line-detail", line.code)
    intro = _(
        "The lines below it and every account move along; scores of the old and the new parents are computed again."
    )
    return _page(
        request,
        form,
        title=_("Move %(name)s") % {"name": line},
        submit=_("Move the line"),
        line=line,
        intro=intro,
    )


@require_http_methods(["GET", "POST"])
def line_archive(request: HttpRequest, code: str) -> HttpResponse:
    """Archive an active line, or bring an archived one back; the page says what stands in the way."""
    line = _line(request, code)
    require(request.principal, Permission.MANAGE_LINES)
    is_archived = line.status == LineStatus.ARCHIVED
    form = ArchiveForm(request.POST if request.method == "POST" else None, line=line)
    if form.is_bound and form.is_valid():
        is_restore = form.cleaned_data["step"] == "restore"
        step = restore_line if is_restore else archive_line
        try:
            step(
                line,
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            words = _("Line %(name)s restored.") if is_restore else _("Line %(name)s archived.")
            messages.success(request, words % {"name": line})
            return redirect("line-detail", line.code)
    title = (_("Restore %(name)s") if is_archived else _("Archive %(name)s")) % {"name": line}
    intro = (
        ""
        if is_archived
        else _(
            "An archived line keeps its history and leaves every list of work. Its accounts must be moved or archived first."
        )
    )
    return _page(request, form, title=title, submit=title, line=line, intro=intro, danger=not is_archived)


@require_POST
def line_journal(request: HttpRequest, code: str) -> HttpResponse:
    """Write a note in the line's journal."""
    line = _line(request, code)
    require(request.principal, Permission.COMMENT, line.pk)
    try:
        add_note(line, body=request.POST.get("body", ""), by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Note added."))
    return redirect(f"{line.get_absolute_url()}#journal")
