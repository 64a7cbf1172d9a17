"""The metric dictionary and its explorer: a series with its table, and targets."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.forms.tables import export_links
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, lines_in_scope, may, require
from coe.selectors.saved import saved_views
from metrics.enums.dictionary import TargetState
from metrics.forms.metrics import MetricFilterForm, SeriesForm, TargetEndForm, TargetForm
from metrics.models import Metric, Target
from metrics.selectors.metrics import metrics_with_counts
from metrics.selectors.observations import Point, line_series, stepped, unscaled
from metrics.selectors.outcomes import outcomes_of
from metrics.selectors.targets import ended_targets, targets_visible_to
from metrics.services.targets import remove_target, set_target

TARGETS_A_PAGE = 100


def narrowed_metrics(principal: Principal, criteria: dict[str, Any]) -> QuerySet[Metric]:
    """Metrics that meet every criterion of the list: words, level, and whether anything is reported in scope."""
    metrics = metrics_with_counts(principal)
    if words := criteria.get("q"):
        metrics = metrics.filter(
            Q(code__icontains=words) | Q(labels__icontains=words) | Q(formula__icontains=words)
        )
    if level := criteria.get("level"):
        metrics = metrics.filter(level=level)
    if criteria.get("reported"):
        metrics = metrics.filter(reported__gt=0)
    if criteria.get("target"):
        ended = ended_targets(principal, timezone.now().date())
        metrics = metrics.filter(pk__in=ended.values("metric_id"))
    return metrics


@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    """The dictionary, with what is reported of each metric in the reader's scope."""
    filters = MetricFilterForm(request.GET)
    criteria = filters.criteria()
    metrics = narrowed_metrics(request.principal, criteria)
    page = Paginator(metrics.order_by("-reported", "code"), 100).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filters": filters,
        "is_filtered": bool(criteria),
        "exports": export_links(reverse("metric-list-export"))
        if request.principal.holds_anywhere(Permission.EXPORT)
        else (),
        "saved": saved_views(request.user, page="metric-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
    }
    return render(request, "metrics/metric_list.html", context)


@require_GET
def metric_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One metric: what it means, its series for a line and all below it, and targets."""
    principal = request.principal
    metric = get_object_or_404(metrics_with_counts(principal), code=code)
    form = SeriesForm(request.GET, lines=lines_in_scope(principal).active())
    since, until = form.span(metric.last_on or timezone.now().date())
    asked = form.criteria()
    points = line_series(metric, principal=principal, since=since, until=until, line=asked.get("line"))
    points = stepped(points, metric, step=asked.get("step") or "day")
    targets, today = targets_visible_to(principal).filter(metric=metric), timezone.localdate()
    # Over, taken away, or answered: one that ended with none that follows still asks for something, and is shown at once.
    open_still = Q(period_end__gte=today) | Q(pk__in=ended_targets(principal, today).values("pk"))
    shown = targets.standing().filter(open_still)
    with_past = "past" in request.GET
    past = 0 if with_past else targets.exclude(pk__in=shown.values("pk")).count()
    page = Paginator(targets if with_past else shown, TARGETS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "metrics/metric_detail.html",
        {
            "metric": metric,
            "form": form,
            "labels": [point.on for point in points],
            "series": [
                {
                    "label": metric.label,
                    "unit": _unit(metric),
                    "values": [_shown(point, metric) for point in points],
                }
            ],
            "targets": _told_targets(list(page)),
            "page": page,
            "past_targets": past,
            "exports": export_links(reverse("metric-export", args=[metric.code]))
            if principal.holds_anywhere(Permission.EXPORT)
            else (),
            "reported": export_links(reverse("observation-export", args=[metric.code])),
            "may_target": principal.holds_anywhere(Permission.SET_TARGETS) and metric.is_active,
        },
    )


_TONES = {
    TargetState.REACHED: ("good", "check"),
    TargetState.MISSED: ("care", "alert-triangle"),
    TargetState.UNREPORTED: ("care", "alert-triangle"),
}


def _told_targets(targets: list[Target]) -> list[dict[str, Any]]:
    """Targets with their value, what was reached and what came of them (two queries)."""
    found = outcomes_of(targets, on=timezone.localdate())
    return [
        {
            "target": target,
            "value": unscaled(target.value, target.metric.scale),
            "reached": found[target.pk].value,
            "word": found[target.pk].state.label,
            "tone": _TONES.get(found[target.pk].state, ("void", "clock"))[0],
            "icon": _TONES.get(found[target.pk].state, ("void", "clock"))[1],
        }
        for target in targets
    ]


def _unit(metric: Metric) -> str:
    return "%" if metric.is_ratio else metric.unit_text


def _shown(point: Point, metric: Metric) -> float:
    return float(point.value * 100) if metric.is_ratio else float(point.value)


@require_http_methods(["GET", "POST"])
def target_create(request: HttpRequest, code: str) -> HttpResponse:
    """Set a target of a metric for a line."""
    principal, at = request.principal, timezone.now()
    metric = get_object_or_404(Metric.objects.active(), code=code)
    if not principal.holds_anywhere(Permission.SET_TARGETS):
        require(principal, Permission.SET_TARGETS)
    form = TargetForm(
        request.POST or None,
        lines=allowed_lines(principal, Permission.SET_TARGETS),
        metric=metric,
        initial={"line": request.GET.get("line")},
    )
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        require(principal, Permission.SET_TARGETS, values["line"].pk)
        try:
            set_target(metric=metric, by=principal.actor, at=at, **values)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        else:
            messages.success(request, _("The target is set."))
            return redirect("metric-detail", code=metric.code)
    return render(
        request,
        "metrics/target_form.html",
        {"form": form, "metric": metric},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
def target_detail(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """One target, what came of it, and taking it away with the reason."""
    principal = request.principal
    rows = targets_visible_to(principal).filter(metric__code=code)
    target = get_object_or_404(rows, public_id=public_id)
    may_end = may(principal, Permission.SET_TARGETS, target.line_id) and target.archived_at is None
    form = TargetEndForm(request.POST or None)
    if request.method == "POST":
        require(principal, Permission.SET_TARGETS, target.line_id)
        if form.is_valid():
            remove_target(target, by=principal.actor, at=timezone.now(), why=form.cleaned_data["reason"])
            messages.success(request, _("The target is taken away."))
            return redirect("metric-detail", code=code)
    return render(
        request,
        "metrics/target_detail.html",
        {
            "metric": target.metric,
            "row": _told_targets([target])[0],
            "form": form if may_end else None,
            "next_url": f"{reverse('target-create', args=[code])}?line={target.line.code}"
            if may_end and target.metric.is_active
            else "",
        },
        status=422 if form.is_bound else 200,
    )
