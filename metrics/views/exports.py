"""Lists of this floor as files: lines, the dictionary, and a metric's series, as they are filtered, streamed."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.forms.files import file_answer
from coe.rules.scope import allowed_lines, lines_in_scope, require_somewhere
from coe.selectors.exports import line_rows
from metrics.forms.lines import LineFilterForm
from metrics.forms.metrics import MetricFilterForm, SeriesForm
from metrics.models import Metric
from metrics.selectors.metrics import metrics_with_counts
from metrics.selectors.observations import Point, line_series, observation_rows, stepped
from metrics.views.lines import narrowed_lines
from metrics.views.metrics import narrowed_metrics

SERIES = ("metric", "unit", "line", "date", "value", "subjects")
DICTIONARY = ("code", "label", "unit", "level", "direction", "aggregation", "formula", "source", "reported")


@require_GET
def line_export(request: HttpRequest) -> StreamingHttpResponse:
    """The lines of the list, parents before children, in the columns of the import."""
    principal = request.principal
    require_somewhere(principal, Permission.EXPORT)
    lines = narrowed_lines(principal, LineFilterForm(request.GET).criteria())
    lines = lines.filter(pk__in=allowed_lines(principal, Permission.EXPORT).values("pk"))
    found = line_rows(lines.order_by("depth", "code_key"), principal)
    return file_answer(found, name="lines", form=request.GET.get("format", "csv"))


@require_GET
def metric_list_export(request: HttpRequest) -> StreamingHttpResponse:
    """The dictionary as it is filtered, with what is reported in the reader's scope."""
    require_somewhere(request.principal, Permission.EXPORT)
    metrics = narrowed_metrics(request.principal, MetricFilterForm(request.GET).criteria())

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in metrics.order_by("code").iterator(chunk_size=500):
            yield (
                one.code, one.label, one.unit_text, one.level, one.direction, one.aggregation, one.formula_text, one.source, one.reported,
            )  # fmt: skip

    return file_answer((DICTIONARY, rows()), name="metrics", form=request.GET.get("format", "csv"))


@require_GET
def metric_export(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """The series that the explorer shows; the value of a ratio is a fraction of one."""
    principal = request.principal
    require_somewhere(principal, Permission.EXPORT)
    metric = get_object_or_404(metrics_with_counts(principal), code=code)
    form = SeriesForm(request.GET, lines=lines_in_scope(principal).active())
    since, until = form.span(metric.last_on or timezone.now().date())
    asked = form.criteria()
    line = asked.get("line")
    points = line_series(metric, principal=principal, since=since, until=until, line=line)
    points = stepped(points, metric, step=asked.get("step") or "day")
    rows = _series(metric, line.code if line else "", points)
    return file_answer((SERIES, rows), name=metric.code, form=request.GET.get("format", "csv"))


@require_GET
def observation_export(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """What accounts and lines reported of a metric, row by row as it was sent, for the line and span of the explorer.

    Only lines on which the reader may export; the file comes back through the import as all unchanged.
    """
    principal = request.principal
    require_somewhere(principal, Permission.EXPORT)
    metric = get_object_or_404(metrics_with_counts(principal), code=code)
    form = SeriesForm(request.GET, lines=lines_in_scope(principal).active())
    since, until = form.span(metric.last_on or timezone.now().date())
    lines = allowed_lines(principal, Permission.EXPORT)
    if line := form.criteria().get("line"):
        lines = lines.filter(ancestor_links__ancestor=line)
    rows = observation_rows(lines, metric=metric, since=since, until=until)
    return file_answer(rows, name=f"{metric.code}-observations", form=request.GET.get("format", "csv"))


def _series(metric: Metric, line: str, points: list[Point]) -> Iterator[tuple[Any, ...]]:
    return ((metric.code, metric.unit, line, point.on, point.value, point.count) for point in points)
