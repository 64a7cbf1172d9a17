"""Targets: what a line wants a metric to reach in a period."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input, Relation
from coe.api.base.fields import Field, Filter, Resource, brief, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid, Problem
from coe.rules.principals import Principal
from coe.rules.scope import require, scoped
from metrics.api.metrics import metric_brief
from metrics.api.numbers import scaled_number, told_number
from metrics.models import Metric, Target
from metrics.services.targets import remove_target, set_target

METRIC = Relation(
    "Metric", lambda principal: Metric.objects.all(), "code", "code", lambda text: text.strip().casefold()
)


def targets_visible_to(principal: Principal) -> QuerySet[Target]:
    """Targets of the caller's lines."""
    return scoped(Target.objects.all(), principal)


TARGETS = Resource(
    name="Target",
    plural="targets",
    rows=targets_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/targets/{key}/"),
        line_field(),
        brief("metric", "MetricBrief", metric_brief, ("public_id", "code", "labels")),
        plain("period_start", "date"),
        plain("period_end", "date"),
        Field("value", ("value", "metric__scale"), "number", told_number),
        plain("reason"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("metric", "metric__code"),
        Filter("period_start", "period_start", "date"),
        Filter("period_end", "period_end", "date"),
    ),
    ordering={
        "line": "line__code_key",
        "metric": "metric__code",
        "period_start": "period_start",
        "updated_at": "updated_at",
    },
    default=("line__code_key", "metric__code", "period_start"),
    description="What your lines want to reach.",
)
SET = (
    Input("line", relation=LINE, required=True),
    Input("metric", relation=METRIC, required=True),
    Input("period_start", "date", required=True),
    Input("period_end", "date", required=True),
    Input("value", "number", required=True),
    Input("reason"),
)


def _day(values: dict[str, Any], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(values[name])
    except ValueError as error:
        raise Invalid.one(name, "date_expected", _("Write the day as 2026-01-31.")) from error


class TargetListView(HubView):
    """Targets."""

    resource = TARGETS
    tag = "targets"
    permissions = {"GET": Permission.VIEW, "POST": Permission.SET_TARGETS}
    operations = {
        "GET": Operation("List targets", is_list=True),
        "POST": Operation(
            "Set one target, or several, all or nothing; the same period again replaces it",
            SET,
            takes_array=True,
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of targets."""
        return self.listed(TARGETS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Set targets."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> Target:
            body = Body(data, SET, self.principal, memo=memo)
            values = body.values
            require(self.principal, Permission.SET_TARGETS, values["line"].pk)
            value = scaled_number("value", values["value"], values["metric"].scale)
            if isinstance(value, Problem):
                raise Invalid(value.message, problems=(value,))
            days = {name: _day(values, name) for name in ("period_start", "period_end")}
            return set_target(
                **{**values, **days, "value": value}, by=self.principal.actor, at=self.at, why=body.why
            )

        return self.write_one_or_many(TARGETS, one, rows=Target.objects.all(), status=200)


class TargetDetailView(HubView):
    """One target."""

    resource = TARGETS
    tag = "targets"
    permissions = {"GET": Permission.VIEW, "DELETE": Permission.SET_TARGETS}
    operations = {"GET": Operation("Read a target"), "DELETE": Operation("Take a target away", status=204)}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The target."""
        return self.told(TARGETS, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Remove it; its history stays."""
        target = targets_visible_to(self.principal).filter(public_id=public_id).first()
        if target is None:
            raise Http404
        require(self.principal, Permission.SET_TARGETS, target.line_id)
        remove_target(target, by=self.principal.actor, at=self.at)
        return Response(status=204)
