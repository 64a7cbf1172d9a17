"""The stage a line aims at in each dimension, and why. Run everywhere is not the goal."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid, WrongState
from coe.rules.scope import require
from metrics.models import TargetStage
from metrics.selectors.rubrics import current_rubric
from metrics.selectors.targets import target_stages_visible_to
from metrics.services.target_stages import remove_target_stage, set_target_stage

TARGET_STAGES = Resource(
    name="TargetStage",
    plural="target-stages",
    rows=target_stages_visible_to,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/target-stages/{key}/"),
        line_field(),
        Field("rubric", ("rubric_code",)),
        plain("dimension", note="Empty: the whole."),
        plain("level"),
        plain("reason"),
        plain("due_on", "date", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("rubric", "rubric_code"),
        Filter("dimension", "dimension"),
        Filter("level", "level"),
        Filter("due_on", "due_on", "date"),
    ),
    ordering={
        "line": "line__code_key",
        "dimension": "dimension",
        "due_on": "due_on",
        "updated_at": "updated_at",
    },
    default=("line__code_key", "dimension"),
    description="What stage your lines aim at.",
)
CHANGE = (Input("level"), Input("reason"), Input("due_on", "date", nullable=True))
SET = (
    Input("line", relation=LINE, required=True),
    Input("dimension", required=True, note="A dimension of the current rubric; empty: the whole."),
    Input("level", required=True, note="A stage of the current rubric, such as walk."),
    Input("reason", required=True, note="Why this stage is the right one."),
    CHANGE[2],
)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise Invalid.one("due_on", "date_expected", _("Write the day as 2026-01-31.")) from error


def _set(view: HubView, values: dict[str, Any], why: str, revision: int | None) -> TargetStage:
    require(view.principal, Permission.SET_TARGETS, values["line"].pk)
    rubric = current_rubric()
    if rubric is None:
        raise WrongState(_("No rubric is current. Publish one first."))
    return set_target_stage(
        **{**values, "due_on": _day(values.get("due_on"))}, rubric=rubric, by=view.principal.actor, at=view.at, why=why,
        expected_revision=revision,
    )  # fmt: skip


class TargetStageListView(ManyView):
    """Target stages."""

    resource = TARGET_STAGES
    tag = "target-stages"
    permissions = {
        "GET": Permission.VIEW,
        "PUT": Permission.SET_TARGETS,
        "DELETE": Permission.SET_TARGETS,
    }
    operations = {
        "GET": Operation("List target stages", is_list=True),
        "PUT": Operation("Set target stages by line and dimension, all or nothing", SET, takes_array=True),
        "DELETE": Operation("Take several target stages away, all or nothing", status=204, takes_array=True),
    }

    def get(self, request: Request) -> Response:
        """A page of target stages."""
        return self.listed(TARGET_STAGES)

    def put(self, request: Request) -> Response:
        """Set them; a line and dimension that has one gets the new one."""

        def put(body: Body, revision: int | None) -> tuple[TargetStage, bool]:
            found = _set(self, body.values, body.why, revision)
            return found, found.revision == 1 and found.created_at == self.at

        return self.put_each(TARGET_STAGES, put, rows=TargetStage.objects.all(), inputs=SET)

    def delete(self, request: Request) -> Response:
        """Take them away; their history stays."""

        def remove(stage: TargetStage, why: str, revision: int | None) -> None:
            require(self.principal, Permission.SET_TARGETS, stage.line_id)
            remove_target_stage(
                stage, by=self.principal.actor, at=self.at, why=why, expected_revision=revision
            )

        return self.remove_each(remove, rows=target_stages_visible_to(self.principal))


class TargetStageDetailView(HubView):
    """One target stage."""

    resource = TARGET_STAGES
    tag = "target-stages"
    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.SET_TARGETS,
        "DELETE": Permission.SET_TARGETS,
    }
    operations = {
        "GET": Operation("Read a target stage"),
        "PATCH": Operation("Change a target stage", CHANGE),
        "DELETE": Operation("Take a target stage away", status=204),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The target stage."""
        return self.told(TARGET_STAGES, public_id=public_id)

    def _stage(self, public_id: UUID) -> TargetStage:
        found = target_stages_visible_to(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require(self.principal, Permission.SET_TARGETS, found.line_id)
        return found

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change stage, reason or day."""
        stage = self._stage(public_id)
        body = Body(request.data, CHANGE, self.principal, partial=True)
        due = stage.due_on.isoformat() if stage.due_on else None
        kept = {
            "line": stage.line,
            "dimension": stage.dimension,
            "level": stage.level,
            "reason": stage.reason,
        }
        changed = _set(self, {**kept, "due_on": due, **body.values}, body.why, expected_revision(request))
        return self.told(TARGET_STAGES, rows=TargetStage.objects.all(), pk=changed.pk)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Take it away."""
        remove_target_stage(
            self._stage(public_id),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return Response(status=204)
