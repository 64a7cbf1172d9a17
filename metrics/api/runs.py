"""Runs of the maturity engine with their progress, and the rubrics they judge by."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.fields import Field, Filter, Resource, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.rules.scope import require
from metrics.enums.maturity import RubricState, RunKind, RunState
from metrics.models import MaturityRun, RubricVersion, StageRow, VerdictRow
from metrics.models.dictionary import in_reader_language
from metrics.services.runs import start_run


def rubric_brief(public_id: Any, code: str, version: str) -> dict[str, Any]:
    """A rubric as other records name it."""
    return {"id": public_id, "code": code, "version": version, "url": f"/api/v1/rubrics/{public_id}/"}


RUNS = Resource(
    name="MaturityRun",
    plural="maturity-runs",
    rows=lambda principal: MaturityRun.objects.all(),
    on_lines=lambda lines: Q(pk__in=VerdictRow.objects.filter(line__in=lines).values("run_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/maturity-runs/{key}/"),
        plain("kind", choices=RunKind),
        plain("state", choices=RunState),
        Field("rubric", ("rubric__public_id", "rubric__code", "rubric__version"), "object", rubric_brief),
        plain("as_of", "date"),
        plain("lines", "integer"),
        plain("chunks_total", "integer", note="Parts of the work."),
        plain("chunks_done", "integer"),
        plain("changed", "integer", note="Verdicts that changed."),
        Field("requested_by", ("requested_by_label",)),
        plain("error"),
        plain("started_at", "datetime", nullable=True),
        plain("finished_at", "datetime", nullable=True),
        plain("created_at", "datetime"),
    ),
    filters=(
        Filter("kind", "kind", choices=RunKind),
        Filter("state", "state", choices=RunState),
        Filter("as_of", "as_of", "date"),
        Filter("created_at", "created_at", "datetime"),
    ),
    ordering={"created_at": "created_at", "finished_at": "finished_at"},
    default=("-pk",),
    description="Computations of scores, newest first. `line`: those that changed a verdict of the line.",
)
START = (Input("lines", "array", note="Codes of lines; left out: a full run of every line."),)
RUBRICS = Resource(
    name="Rubric",
    plural="rubrics",
    rows=lambda principal: RubricVersion.objects.all(),
    on_lines=lambda lines: Q(pk__in=StageRow.objects.open().filter(line__in=lines).values("rubric_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/rubrics/{key}/"),
        Field("display", ("title", "code"), make=lambda title, code: in_reader_language(title) or code),
        plain("code"),
        plain("version"),
        plain("title", "object"),
        plain("state", choices=RubricState),
        plain("is_current", "boolean"),
        plain("sha256"),
        plain("published_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("code", "code"),
        Filter("state", "state", choices=RubricState),
        Filter("is_current", "is_current", "boolean"),
    ),
    ordering={"code": "code", "published_at": "published_at"},
    default=("code", "-pk"),
    description="Versions of maturity models. `line`: those the line stands in now.",
)
RUBRIC = Resource(
    **{
        **RUBRICS.__dict__,
        "name": "RubricDetail",
        "fields": (*RUBRICS.fields, plain("document", "object", note="The model as it was loaded.")),
    }
)


class RunListView(ListView):
    """Runs."""

    resource = RUNS
    tag = "maturity-runs"
    permissions = {"GET": Permission.VIEW, "POST": Permission.RUN_MATURITY}
    operations = {
        "GET": Operation("List maturity runs", is_list=True),
        "POST": Operation("Start a run; 409 while a full one is under way", START, status=202),
    }

    @idempotent
    def post(self, request: Request) -> Response:
        """Start a run; workers do its parts, and it tells how far they are."""
        require(self.principal, Permission.RUN_MATURITY)
        body = Body(request.data or {}, START, self.principal)
        kind, lines, memo = RunKind.FULL, None, {}
        if "lines" in body.values:
            named = (Input("line", relation=LINE, required=True),)
            kind = RunKind.INCREMENTAL
            lines = [
                Body({"line": one}, named, self.principal, memo=memo).values["line"]
                for one in body.values["lines"]
            ]
        run = start_run(kind, lines=lines, by=self.principal.actor, at=self.at)
        return self.told(RUNS, status=202, pk=run.pk)


class RunDetailView(HubView):
    """One run."""

    resource = RUNS
    tag = "maturity-runs"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a run and its progress")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The run."""
        return self.told(RUNS, public_id=public_id)


class RubricListView(ListView):
    """Rubrics."""

    resource = RUBRICS
    tag = "rubrics"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List rubrics", is_list=True)}


class RubricDetailView(HubView):
    """One version of a rubric."""

    resource = RUBRIC
    tag = "rubrics"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a rubric with its document")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The rubric."""
        return self.told(RUBRIC, public_id=public_id)
