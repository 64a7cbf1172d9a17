"""The metric dictionary: everybody reads it, the hub writes it."""

from typing import Any

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView, NaturalKey
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Relation, Resource, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import Operation
from coe.api.relations import PERSON
from coe.enums.roles import Permission
from coe.rules.scope import require
from metrics.enums.dictionary import Aggregation, Direction, Level, Subject
from metrics.models import DailyRollup, Metric
from metrics.models.dictionary import in_reader_language
from metrics.services.dictionary import create_metric, edit_metric

METRIC = Relation(
    "Metric", lambda principal: Metric.objects.all(), "code", "code", lambda text: text.strip().casefold()
)


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
    on_lines=lambda lines: Q(pk__in=DailyRollup.objects.filter(line__in=lines).values("metric_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/metrics/{code}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/metrics/{code}/"),
        Field("display", ("labels", "code"), make=lambda labels, code: in_reader_language(labels) or code),
        plain("code"),
        plain("labels", "object"),
        plain("descriptions", "object"),
        plain("unit"),
        Field(
            "unit_texts",
            ("unit_texts",),
            "object",
            lambda texts: texts or {},
            note="The unit in languages other than English.",
        ),
        plain("direction", choices=Direction),
        plain("level", choices=Level),
        plain("aggregation", choices=Aggregation),
        plain("subject", choices=Subject),
        plain("scale", "integer", note="Decimal places a value may have."),
        plain("formula"),
        Field(
            "formula_texts",
            ("formula_texts",),
            "object",
            lambda texts: texts or {},
            note="The formula in languages other than English.",
        ),
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
    description="What each number means. Two metrics with different denominators are different metrics. `line`: those it has figures of.",
)


_WORDS = (
    Input("labels", "object", note="A name by language."), Input("descriptions", "object"), Input("unit"),
    Input("unit_texts", "object", note="The unit by language, without English."),
    Input("formula_texts", "object", note="The formula by language, without English."),
    Input("direction", choices=Direction), Input("level", choices=Level), Input("aggregation", choices=Aggregation),
    Input("subject", choices=Subject), Input("scale", "integer"), Input("formula"), Input("numerator_label"),
    Input("denominator_label"), Input("source"), Input("owner", relation=PERSON, nullable=True), Input("is_active", "boolean"),
)  # fmt: skip
CREATE = (Input("code", required=True), *_WORDS)
BY_CODE = NaturalKey("code", lambda text: text.strip().casefold())


class _MetricView(ManyView):
    """Reads are everybody's, writes the hub's."""

    resource = METRICS
    tag = "metrics"

    def edit(self, metric: Metric, body: Body, revision: int | None) -> Metric:
        """Change an entry."""
        return edit_metric(
            metric, changes=body.values, by=self.principal.actor, at=self.at, why=body.why, expected_revision=revision
        )  # fmt: skip

    def retire(self, metric: Metric, why: str, revision: int | None) -> Metric:
        """Take a metric out of use; what was reported stays."""
        return edit_metric(
            metric, changes={"is_active": False}, by=self.principal.actor, at=self.at, why=why, expected_revision=revision
        )  # fmt: skip


class MetricListView(_MetricView):
    """The dictionary."""

    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.MANAGE_METRICS),
    }
    operations = {
        "GET": Operation("List metrics", is_list=True),
        "POST": Operation("Add one metric, or several, all or nothing", CREATE, status=201, takes_array=True),
        "PUT": Operation(
            "Add metrics, or edit those whose code exists; all or nothing", CREATE, takes_array=True
        ),
        "PATCH": Operation(
            "Edit several metrics, all or nothing; each names its id or code",
            (ID, REVISION, *_WORDS),
            takes_array=True,
        ),
        "DELETE": Operation(
            "Retire several metrics, all or nothing; what was reported stays", takes_array=True
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of metrics."""
        return self.listed(METRICS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Add metrics."""
        require(self.principal, Permission.MANAGE_METRICS)

        def one(data: Any) -> Metric:
            body = Body(data, CREATE, self.principal)
            return create_metric(**body.values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(METRICS, one, rows=Metric.objects.all(), status=201)

    def put(self, request: Request) -> Response:
        """Add metrics, or edit those that are there."""
        require(self.principal, Permission.MANAGE_METRICS)

        def put(body: Body, revision: int | None) -> tuple[Metric, bool]:
            code = body.values.pop("code")
            metric = Metric.objects.filter(code=BY_CODE.fold(code)).first()
            if metric is not None:
                return self.edit(metric, body, revision), False
            made = create_metric(code=code, **body.values, by=self.principal.actor, at=self.at, why=body.why)
            return made, True

        return self.put_each(METRICS, put, rows=Metric.objects.all(), inputs=CREATE)

    def patch(self, request: Request) -> Response:
        """Edit metrics by id or code."""
        require(self.principal, Permission.MANAGE_METRICS)
        return self.edit_each(METRICS, self.edit, rows=Metric.objects.all(), inputs=_WORDS, key=BY_CODE)

    def delete(self, request: Request) -> Response:
        """Retire metrics."""
        require(self.principal, Permission.MANAGE_METRICS)
        return self.remove_each(self.retire, rows=Metric.objects.all(), resource=METRICS, key=BY_CODE)


class MetricDetailView(_MetricView):
    """One metric."""

    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_METRICS,
        "DELETE": Permission.MANAGE_METRICS,
    }
    operations = {
        "GET": Operation("Read a metric"),
        "PATCH": Operation(
            "Edit a metric; how values are stored never changes under values that exist", _WORDS
        ),
        "DELETE": Operation("Retire a metric; what was reported stays"),
    }

    def get(self, request: Request, code: str) -> Response:
        """The metric."""
        return self.told(METRICS, code=code)

    def _metric(self, code: str) -> Metric:
        metric = Metric.objects.filter(code=code).first()
        if metric is None:
            raise Http404
        require(self.principal, Permission.MANAGE_METRICS)
        return metric

    def patch(self, request: Request, code: str) -> Response:
        """Change the entry."""
        metric = self._metric(code)
        body = Body(request.data, _WORDS, self.principal, partial=True)
        return self.told(METRICS, pk=self.edit(metric, body, expected_revision(request)).pk)

    def delete(self, request: Request, code: str) -> Response:
        """Take it out of use."""
        return self.told(METRICS, pk=self.retire(self._metric(code), "", expected_revision(request)).pk)
