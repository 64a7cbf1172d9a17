"""Curricula and their coverage: line × curriculum, down to people, and out as a file."""

import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import lines_in_scope, may, require
from coe.services.exporting import csv_lines, write_xlsx
from training.models import Curriculum
from training.selectors.coverage import coverage, learners, may_see_people, with_gaps
from training.selectors.exports import export_coverage
from training.services.chasing import remind_learners
from training.views.learning import tabs

LINES_A_PAGE = 50
PEOPLE_A_PAGE = 50


def told_lines(principal: Principal) -> Prefetch:
    """The lines of curricula that a reader may know of; that others exist is all that they learn of them."""
    seen = lines_in_scope(principal).order_by("code_key")
    return Prefetch("lines", queryset=seen, to_attr="told_lines")


@require_GET
def curriculum_list(request: HttpRequest) -> HttpResponse:
    """Which roles need which courses."""
    curricula = (
        Curriculum.objects.live()
        .prefetch_related("roles", "items__course", told_lines(request.principal))
        .annotate(is_limited=Exists(Curriculum.lines.through.objects.filter(curriculum_id=OuterRef("pk"))))
        .order_by("code_key")
    )
    page = Paginator(curricula, 50).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(request, "curriculum-list"),
        "page": page,
        "may_write": may(request.principal, Permission.MANAGE_TRAINING),
    }
    return render(request, "training/curriculum_list.html", context)


@require_GET
def curriculum_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One curriculum: for whom, which courses in which order, and how far the reader's lines have come."""
    curriculum = get_object_or_404(Curriculum, code_key=code.casefold())
    at = timezone.now()
    lines = lines_in_scope(request.principal).active().order_by("depth", "code_key")[:LINES_A_PAGE]
    cells = coverage(request.principal, at=at, lines=[line.pk for line in lines])
    context = {
        "curriculum": curriculum,
        "items": curriculum.items.select_related("course").prefetch_related("after").order_by("order"),
        "roles": curriculum.roles.all(),
        "lines": lines_in_scope(request.principal).filter(curricula=curriculum).order_by("code_key"),
        "may_write": may(request.principal, Permission.MANAGE_TRAINING),
        "coverage": [
            (line, cells[line.pk, curriculum.pk]) for line in lines if (line.pk, curriculum.pk) in cells
        ],
    }
    return render(request, "training/curriculum_detail.html", context)


@require_GET
def coverage_matrix(request: HttpRequest) -> HttpResponse:
    """Line × curriculum: how many of those who must are complete."""
    principal, at = request.principal, timezone.now()
    lines = lines_in_scope(principal).active().order_by("code_key")
    page = Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    cells = coverage(principal, at=at, lines=[line.pk for line in page.object_list])
    shown = {curriculum for _line, curriculum in cells}
    curricula = [one for one in Curriculum.objects.live().order_by("code_key") if one.pk in shown]
    whole = [(one, cells.get((None, one.pk))) for one in curricula] if principal.sees_all else []
    opened = may_see_people(principal, [line.pk for line in page.object_list])
    context = {
        "tabs": tabs(request, "coverage"),
        "page": page,
        "curricula": curricula,
        "whole": whole,
        "rows": [
            (
                line,
                line.pk in opened,
                [(one, cells.get((line.pk, one.pk))) for one in curricula],
            )
            for line in page.object_list
        ],
        "may_export": principal.holds_anywhere(Permission.EXPORT),
    }
    return render(request, "training/coverage.html", context)


def _cell(request: HttpRequest, code: str, line: str) -> tuple[Curriculum, BusinessLine | None]:
    """Curriculum and line of a cell whose people the reader may see; “all” stands for the whole company."""
    principal = request.principal
    curriculum = get_object_or_404(Curriculum.objects.live(), code_key=code.casefold())
    where = None
    if line != "all":
        where = get_object_or_404(lines_in_scope(principal), code_key=line.casefold())
    elif not principal.sees_all:
        raise Http404
    key = where.pk if where is not None else None
    if key not in may_see_people(principal, [] if key is None else [key]):
        raise NotAllowed()
    return curriculum, where


@require_GET
def coverage_people(request: HttpRequest, code: str, line: str) -> HttpResponse:
    """The people of a cell, with what each lacks, and a reminder for those who lack something."""
    principal, at = request.principal, timezone.now()
    curriculum, where = _cell(request, code, line)
    people = learners(curriculum, principal=principal, at=at, line=where)
    page = Paginator(people, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "curriculum": curriculum,
        "line": where,
        "page": page,
        "rows": with_gaps(page.object_list, curriculum=curriculum, principal=principal, at=at),
        "at": at,
        "place": line,
        "owing": people.filter(lacks=True).count(),
        "may_remind": may(principal, Permission.RECORD_TRAINING, where.pk if where else None),
    }
    return render(request, "training/coverage_people.html", context)


@require_POST
def coverage_remind(request: HttpRequest, code: str, line: str) -> HttpResponse:
    """Remind everybody of a cell who lacks a course, or the one person whose button was pressed; and say what happened."""
    principal, at = request.principal, timezone.now()
    curriculum, where = _cell(request, code, line)
    require(principal, Permission.RECORD_TRAINING, where.pk if where else None)
    people = learners(curriculum, principal=principal, at=at, line=where).filter(lacks=True)
    people = people.exclude(pk=request.user.pk)
    if "person" in request.POST:
        people = people.filter(pk=get_object_or_404(people, public_id=_uuid(request.POST["person"])).pk)
    done = remind_learners(people, curriculum=curriculum, by=principal.actor, at=at)
    if done.sent:
        count = len(done.sent)
        words = ngettext("%(count)d person was reminded.", "%(count)d people were reminded.", count)
        messages.success(request, words % {"count": count})
    if done.known:
        count = len(done.known)
        words = ngettext(
            "%(count)d person had been reminded today already.",
            "%(count)d people had been reminded today already.",
            count,
        )
        messages.info(request, words % {"count": count})
    if not done.sent and not done.known:
        messages.info(request, _("Nobody here can be reminded: they are complete, or have left."))
    return redirect("coverage-people", curriculum.code, line)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@require_GET
def coverage_export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse | FileResponse:
    """The matrix as CSV or XLSX, one row a cell."""
    principal: Any = request.principal
    if not principal.holds_anywhere(Permission.EXPORT):
        require(principal, Permission.EXPORT)
    columns, rows = export_coverage(principal, None)
    if request.GET.get("format") == "xlsx":
        file = io.BytesIO()
        write_xlsx(columns, rows=rows, target=file)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename="training-coverage.xlsx")
    answer = StreamingHttpResponse(csv_lines(columns, rows=rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="training-coverage.csv"'
    return answer
