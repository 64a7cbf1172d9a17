"""The metric dictionary."""

from typing import Any

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from metrics.enums.dictionary import Aggregation, Direction, Level, Subject
from metrics.models import Metric
from metrics.models.dictionary import in_reader_language


def metric_brief(public_id: Any, code: str, labels: Any) -> dict[str, Any]:
    """A metric as other records name it."""
    return {
        "id": public_id,
        "code": code,
        "display": in_reader_language(labels) or code,
        "url": f"/api/v1/metrics/{code}/",
    }


METRICS = Resource(
    name="Metric",
    plural="metrics",
    rows=lambda principal: Metric.objects.all(),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/metrics/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/metrics/{code}/"),
        Field("display", ("labels", "code"), make=lambda labels, code: in_reader_language(labels) or code),
        plain("code"),
        plain("labels", "object"),
        plain("descriptions", "object"),
        plain("unit"),
        plain("direction", choices=Direction),
        plain("level", choices=Level),
        plain("aggregation", choices=Aggregation),
        plain("subject", choices=Subject),
        plain("scale", "integer", note="Decimal places a value may have."),
        plain("formula"),
        plain("numerator_label"),
        plain("denominator_label"),
        plain("source"),
        person_field("owner"),
        plain("is_active", "boolean"),
        plain("is_builtin", "boolean"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("code", "code"),
        Filter("unit", "unit"),
        Filter("level", "level", choices=Level),
        Filter("aggregation", "aggregation", choices=Aggregation),
        Filter("subject", "subject", choices=Subject),
        Filter("is_active", "is_active", "boolean"),
    ),
    ordering={"code": "code", "level": "level", "updated_at": "updated_at"},
    default=("code",),
    search=lambda words: Q(code__icontains=words) | Q(formula__icontains=words),
    description="What each number means. Two metrics with different denominators are different metrics.",
)


class MetricListView(HubView):
    """The dictionary."""

    resource = METRICS
    tag = "metrics"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List metrics", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of metrics."""
        return self.listed(METRICS)


class MetricDetailView(HubView):
    """One metric."""

    resource = METRICS
    tag = "metrics"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a metric")}

    def get(self, request: Request, code: str) -> Response:
        """The metric."""
        return self.told(METRICS, code=code)
