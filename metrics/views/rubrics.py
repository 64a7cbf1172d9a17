"""Rubrics: the versions there are, what a version says, how two differ, what a draft would do, and its publication."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.lines import WhyForm
from coe.rules.scope import require
from metrics.enums.maturity import RubricState
from metrics.forms.stages import ladder_of
from metrics.models import RubricVersion
from metrics.scoring import load_rubric
from metrics.selectors.rubric_pages import dimensions_of, lines_to_preview, moves, version_diff
from metrics.selectors.rubrics import compiled_of, current_rubric, rubric_of
from metrics.selectors.words import read
from metrics.services.rubrics import publish_rubric, unready
from metrics.services.verdicts import scorecards


@require_GET
def rubric_list(request: HttpRequest) -> HttpResponse:
    """Every version, the current one first of its model."""
    rows = RubricVersion.objects.order_by("code", "-is_current", "-id")
    return render(request, "metrics/rubric_list.html", {"rows": [(row, read(row.title)) for row in rows]})


@require_GET
def rubric_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a version asks, stage by stage, with basis and sources; beside another version, only what differs."""
    row = get_object_or_404(RubricVersion, public_id=public_id)
    rubric = load_rubric(row.document)
    others = list(RubricVersion.objects.exclude(pk=row.pk).order_by("code", "-id"))
    against = next((one for one in others if str(one.public_id) == request.GET.get("against")), None)
    company = request.principal.company_permissions
    is_open = row.state != RubricState.RETIRED and not row.is_current
    context = {
        "row": row,
        "title": read(rubric.title),
        "summary": read(rubric.summary),
        "rubric": rubric,
        "levels": ladder_of(rubric),
        "dimensions": dimensions_of(rubric),
        "references": rubric.references,
        "others": others,
        "against": against,
        "diff": version_diff(load_rubric(against.document), rubric) if against else None,
        "may_preview": not row.is_current and Permission.RUN_MATURITY in company,
        "may_publish": is_open and Permission.MANAGE_RUBRIC in company,
    }
    return render(request, "metrics/rubric_detail.html", context)


@require_GET
def rubric_preview(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Which lines would rise and which would fall if this version judged today's readings; nothing is stored."""
    require(request.principal, Permission.RUN_MATURITY)
    row = get_object_or_404(RubricVersion, public_id=public_id)
    current = current_rubric()
    model = load_rubric(row.document)
    findings = unready(model)
    lines = lines_to_preview(request.principal)
    found = ()
    if current is not None and not findings and not row.is_current:
        cards = scorecards(
            compiled_of(row),
            [line.pk for line in lines],
            programme=False,
            on=timezone.localdate(),
            at=timezone.now(),
        )
        found = moves(lines, cards, current)
    old = [None, *(ladder_of(rubric_of(current)) if current else [])]
    new = [None, *ladder_of(model)]
    context = {
        "row": row,
        "current": current,
        "findings": findings,
        "total": len(lines),
        "moves": [(move, old[move.before + 1], new[move.after + 1]) for move in found],
        "rises": sum(move.rises for move in found),
        "falls": sum(not move.rises for move in found),
    }
    return render(request, "metrics/rubric_preview.html", context)


@require_http_methods(["GET", "POST"])
def rubric_publish(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Publish a version and judge every line by it from now on; what the linter finds stands in the way."""
    require(request.principal, Permission.MANAGE_RUBRIC)
    row = get_object_or_404(RubricVersion, public_id=public_id)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            publish_rubric(row, by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"])
        except DomainError as error:
            for words in dict.fromkeys([problem.message for problem in error.problems] or [error.message]):
                form.add_error(None, words)
        else:
            messages.success(
                request,
                _("%(rubric)s is current now. A full run judges every line by it.") % {"rubric": str(row)},
            )
            return redirect("run-list")
    context = {
        "form": form,
        "title": _("Publish %(rubric)s") % {"rubric": str(row)},
        "submit": _("Publish the rubric"),
        "cancel_url": reverse("rubric-detail", args=[row.public_id]),
        "crumbs": [(_("Rubrics"), reverse("rubric-list"))],
        "intro": _(
            "A published version never changes. Every line is judged by it from now on; the preview says who rises and who falls."
        ),
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)
