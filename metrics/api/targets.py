"""Targets: what a line wants a metric to reach in a period."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, brief, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid, Problem
from coe.rules.principals import Principal
from coe.rules.scope import require, scoped
from metrics.api.metrics import METRIC, metric_brief
from metrics.api.numbers import scaled_number, told_number
from metrics.models import Target
from metrics.services.targets import remove_target, set_target


def standing_targets(principal: Principal) -> QuerySet[Target]:
    """Targets of the caller's lines that nobody took away."""
    return scoped(Target.objects.standing(), principal)


TARGETS = Resource(
    name="Target",
    plural="targets",
    rows=standing_targets,
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
        Filter("metric", "metric__code", relation=METRIC),
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


CHANGE = (Input("period_end", "date"), Input("value", "number"), Input("reason"))


def _set(view: HubView, body: Body, revision: int | None = None, old: Target | None = None) -> Target:
    """Set a target; what a change of an old one leaves out stays as it is."""
    values = body.values
    if old is not None:
        kept = {
            "line": old.line,
            "metric": old.metric,
            "reason": old.reason,
            "period_start": old.period_start.isoformat(),
        }
        values = {**kept, "period_end": old.period_end.isoformat(), **values}
    require(view.principal, Permission.SET_TARGETS, values["line"].pk)
    value: int | Problem = old.value if old is not None else 0
    if "value" in body.values:
        value = scaled_number("value", values["value"], values["metric"].scale)
    if isinstance(value, Problem):
        raise Invalid(value.message, problems=(value,))
    days = {name: _day(values, name) for name in ("period_start", "period_end")}
    return set_target(
        **{**values, **days, "value": value}, by=view.principal.actor, at=view.at, why=body.why, expected_revision=revision
    )  # fmt: skip


class TargetListView(ManyView):
    """Targets."""

    resource = TARGETS
    tag = "targets"
    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.SET_TARGETS),
    }
    operations = {
        "GET": Operation("List targets", is_list=True),
        "PUT": Operation(
            "Set targets by line, metric and start of the period, all or nothing", SET, takes_array=True
        ),
        "PATCH": Operation(
            "Change several targets, all or nothing; each names its id",
            (ID, REVISION, *CHANGE),
            takes_array=True,
        ),
        "DELETE": Operation("Take several targets away, all or nothing", status=204, takes_array=True),
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
            return _set(self, Body(data, SET, self.principal, memo=memo))

        return self.write_one_or_many(TARGETS, one, rows=Target.objects.all(), status=200)

    def put(self, request: Request) -> Response:
        """Set targets: the same line, metric and start again replaces the value."""

        def put(body: Body, revision: int | None) -> tuple[Target, bool]:
            named = {"line": body.values["line"], "metric": body.values["metric"]}
            is_new = (
                not Target.objects.standing()
                .filter(**named, period_start=_day(body.values, "period_start"))
                .exists()
            )
            return _set(self, body, revision), is_new

        return self.put_each(TARGETS, put, rows=Target.objects.all(), inputs=SET)

    def patch(self, request: Request) -> Response:
        """Change targets by id."""
        rows = standing_targets(self.principal).select_related("line", "metric")
        return self.edit_each(
            TARGETS,
            lambda target, body, revision: _set(self, body, revision, target),
            rows=rows,
            inputs=CHANGE,
        )

    def delete(self, request: Request) -> Response:
        """Take targets away; their history stays."""

        def remove(target: Target, why: str, revision: int | None) -> None:
            require(self.principal, Permission.SET_TARGETS, target.line_id)
            remove_target(target, by=self.principal.actor, at=self.at, why=why, expected_revision=revision)

        return self.remove_each(remove, rows=standing_targets(self.principal))


class TargetDetailView(HubView):
    """One target."""

    resource = TARGETS
    tag = "targets"
    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.SET_TARGETS,
        "DELETE": Permission.SET_TARGETS,
    }
    operations = {
        "GET": Operation("Read a target"),
        "PATCH": Operation("Change a target", CHANGE),
        "DELETE": Operation("Take a target away", status=204),
    }

    def target(self, public_id: UUID) -> Target:
        """The target in the caller's scope, to be written; 404 otherwise."""
        rows = standing_targets(self.principal).select_related("line", "metric")
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require(self.principal, Permission.SET_TARGETS, found.line_id)
        return found

    def get(self, request: Request, public_id: UUID) -> Response:
        """The target."""
        return self.told(TARGETS, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change value, end or reason."""
        target = self.target(public_id)
        body = Body(request.data, CHANGE, self.principal, partial=True)
        changed = _set(self, body, expected_revision(request), target)
        return self.told(TARGETS, rows=Target.objects.all(), pk=changed.pk)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Remove it; its history stays."""
        remove_target(
            self.target(public_id),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return Response(status=204)
