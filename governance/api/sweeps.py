"""Sweeps over the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.models import Platform
from coe.rules.scope import require
from governance.enums.discovery import SweepState
from governance.models import DiscoverySweep
from governance.selectors.discovery import sweeps_visible_to, with_counts
from governance.services.sweeps import end_sweep, start_sweep
from training.api.relations import instant


def _platforms(keys: list[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {key: [] for key in keys}
    through = DiscoverySweep.platforms.through.objects.filter(discoverysweep_id__in=keys)
    rows = through.order_by("platform__code").values_list("discoverysweep_id", "platform__code")
    for key, code in rows:
        found[key].append(code)
    return found


def _counts(keys: list[int]) -> Mapping[int, dict[str, int]]:
    rows = with_counts(DiscoverySweep.objects.filter(pk__in=keys)).order_by()
    return {pk: {"found": found, "open": left} for pk, found, left in rows.values_list("pk", "found", "left")}


SWEEPS = Resource(
    name="Sweep",
    plural="sweeps",
    rows=sweeps_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/sweeps/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/discovery/sweeps/{key}/"),
        Field("display", ("name",)),
        plain("name"),
        plain("method"),
        Field("platforms", kind="strings", collect=_platforms),
        line_field(),
        plain("state", choices=SweepState),
        plain("started_at", "datetime"),
        plain("completed_at", "datetime", nullable=True),
        person_field("led_by"),
        plain("summary"),
        Field(
            "findings",
            kind="any",
            collect=_counts,
            note="How many accounts it found, and how many of these are open.",
        ),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("state", "state", choices=SweepState),
        Filter("started_at", "started_at", "datetime"),
        Filter("completed_at", "completed_at", "datetime"),
    ),
    ordering={"started_at": "started_at"},
    default=("-started_at", "-pk"),
    description="Searches for accounts outside the register.",
)
START = (
    Input("name", required=True),
    Input("method"),
    Input("platforms", "strings", note="Codes; none: all."),
    Input("line", relation=LINE, nullable=True),
    Input("started_at", "datetime", note="Now when left out."),
)
END = (
    Input("is_done", "boolean", note="false calls it off."),
    Input("summary", note="Needed to complete it."),
)


class _SweepView(HubView):
    resource = SWEEPS
    tag = "discovery"

    def shown(self, sweep: DiscoverySweep, status: int = 200) -> Response:
        """The sweep as it is now."""
        return self.told(SWEEPS, rows=DiscoverySweep.objects.all(), status=status, pk=sweep.pk)


class SweepListView(_SweepView):
    """Sweeps."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.RUN_DISCOVERY}
    operations = {
        "GET": Operation("List sweeps", is_list=True),
        "POST": Operation("Start a sweep", START, status=201, example={"name": "Spring", "platforms": []}),
    }

    def get(self, request: Request) -> Response:
        """A page of sweeps."""
        return self.listed(SWEEPS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Start one."""
        require(self.principal, Permission.RUN_DISCOVERY)
        body = Body(request.data, START, self.principal)
        values: dict[str, Any] = body.values
        codes = values.pop("platforms", [])
        platforms = list(Platform.objects.filter(code__in=codes))
        if unknown := sorted(set(codes) - {one.code for one in platforms}):
            raise Invalid.one(
                "platforms",
                "not_found",
                _("“%(name)s” is no platform of the catalogue.") % {"name": unknown[0][:80]},
            )
        if "started_at" in values:
            values["started_at"] = instant("started_at", values["started_at"])
        sweep = start_sweep(
            **values,
            platforms=platforms,
            led_by=self.principal.user,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
        )
        return self.shown(sweep, 201)


class SweepDetailView(_SweepView):
    """One sweep."""

    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a sweep")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The sweep."""
        return self.told(SWEEPS, public_id=public_id)


class SweepEndView(_SweepView):
    """Complete it or call it off."""

    permissions = {"POST": Permission.RUN_DISCOVERY}
    operations = {
        "POST": Operation(
            "Complete a sweep with its result, or call it off", END, example={"summary": "Nothing new"}
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """End it."""
        sweep = sweeps_visible_to(self.principal).filter(public_id=public_id).first()
        if sweep is None:
            raise Http404
        require(self.principal, Permission.RUN_DISCOVERY)
        body = Body(request.data, END, self.principal)
        done = end_sweep(
            sweep,
            is_done=body.values.get("is_done", True),
            summary=body.values.get("summary", ""),
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(done)
