"""Where a line wants to go: its target stages, and what it would reach if some criteria were met."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.models import BusinessLine
from coe.rules.scope import lines_in_scope, may, require
from metrics.forms.aims import TargetStageForm
from metrics.forms.stages import ladder_of, points
from metrics.models import RubricVersion, TargetStage
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.targets import target_stages_visible_to
from metrics.selectors.what_if import line_what_if
from metrics.selectors.words import read
from metrics.services.target_stages import remove_target_stage, set_target_stage

WHOLE = "overall"
MOST_TICKS = 200


def _line(request: HttpRequest, code: str) -> BusinessLine:
    return get_object_or_404(lines_in_scope(request.principal), code_key=code.casefold())


def _rubric() -> RubricVersion:
    rubric = current_rubric()
    if rubric is None:
        raise Http404
    return rubric


@require_GET
def line_targets(request: HttpRequest, code: str) -> HttpResponse:
    """The stage a line aims at in every dimension, with reason and day."""
    line = _line(request, code)
    rubric = current_rubric()
    rows: list[dict[str, Any]] = []
    if rubric is not None:
        model = rubric_of(rubric)
        aims = {
            aim.dimension: aim
            for aim in target_stages_visible_to(request.principal).filter(line=line, rubric_code=rubric.code)
        }
        names = {level.code: read(level.name) for level in model.levels}
        for dimension, name in (("", _("Overall")), *((d.code, read(d.name)) for d in model.dimensions)):
            aim = aims.get(dimension)
            rows.append(
                {
                    "name": name,
                    "url": reverse("line-target", args=[line.code, dimension or WHOLE]),
                    "aim": aim,
                    "level": names.get(aim.level, aim.level) if aim else "",
                }
            )
    context = {
        "line": line,
        "rows": rows,
        "today": timezone.localdate(),
        "may_target": may(request.principal, Permission.SET_TARGETS, line.pk),
    }
    return render(request, "metrics/line_targets.html", context)


@require_http_methods(["GET", "POST"])
def line_target(request: HttpRequest, code: str, dimension: str) -> HttpResponse:
    """Set, change or take away the stage a line aims at in one dimension."""
    line = _line(request, code)
    require(request.principal, Permission.SET_TARGETS, line.pk)
    rubric = _rubric()
    model = rubric_of(rubric)
    names = {WHOLE: _("Overall")} | {d.code: read(d.name) for d in model.dimensions}
    if dimension not in names:
        raise Http404
    key = "" if dimension == WHOLE else dimension
    stage = TargetStage.objects.filter(line=line, rubric_code=rubric.code, dimension=key).first()
    form = TargetStageForm(request.POST or None, rubric=model, stage=stage)
    by, at = request.principal.actor, timezone.now()
    if request.method == "POST" and request.POST.get("action") == "remove":
        if stage is not None:
            remove_target_stage(stage, by=by, at=at)
        messages.success(request, _("%(name)s has no target stage any more.") % {"name": names[dimension]})
        return redirect("line-targets", line.code)
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        revision = values.pop("revision")
        try:
            set_target_stage(
                line=line, rubric=rubric, dimension=key, by=by, at=at, expected_revision=revision, **values
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Target stage of %(name)s saved.") % {"name": names[dimension]})
            return redirect("line-targets", line.code)
    context = {"line": line, "form": form, "name": names[dimension], "stage": stage}
    return render(request, "metrics/line_target.html", context, status=422 if form.errors else 200)


@require_GET
def line_what_if_page(request: HttpRequest, code: str) -> HttpResponse:
    """The stages of a line if the ticked criteria were met; nothing is stored, so the address can be shared."""
    line = _line(request, code)
    found = line_what_if(line, timezone.now(), met=request.GET.getlist("met")[:MOST_TICKS])
    rubric = current_rubric()
    badges = [None, *ladder_of(rubric_of(rubric))] if rubric else [None]
    stages = [
        {
            "name": one.name,
            "before": badges[one.before + 1],
            "after": badges[one.after + 1],
            "rises": one.rises,
            "score": points(one.score_after),
            "delta": points(one.score_after - one.score_before)
            if one.score_after is not None and one.score_before is not None
            else None,
        }
        for one in (found.stages if found else ())
    ]
    context = {
        "line": line,
        "stages": stages,
        "unmet": found.unmet if found else (),
        "chosen": sum(one.is_chosen for one in found.unmet) if found else 0,
        "is_measured": found is not None,
    }
    return render(request, "metrics/what_if.html", context)
