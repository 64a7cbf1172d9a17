"""Runs of the maturity engine: the latest, their progress, and the button that starts one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.rules.scope import require
from metrics.enums.maturity import RunState
from metrics.models import MaturityRun
from metrics.services.runs import start_run

PER_PAGE = 50
STATES = {
    RunState.QUEUED: "waiting",
    RunState.RUNNING: "running",
    RunState.DONE: "done",
    RunState.FAILED: "stopped",
}


def _progress(run: MaturityRun) -> dict[str, Any]:
    """A run as components/progress.html wants it."""
    note = ngettext("%(n)d verdict changed", "%(n)d verdicts changed", run.changed) % {"n": run.changed}
    return {
        "id": f"run-{run.pk}",
        "label": run.get_kind_display(),
        "done": run.chunks_done,
        "total": run.chunks_total,
        "state": STATES.get(run.state, ""),
        "note": run.error if run.state == RunState.FAILED else note if run.state == RunState.DONE else "",
        "url": reverse("run-progress", args=[run.public_id]),
    }


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Runs, newest first; those under way show how far they are."""
    require(request.principal, Permission.VIEW_HISTORY)
    page = Paginator(MaturityRun.objects.select_related("rubric").order_by("-id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [(run, _progress(run)) for run in page],
        "may_run": Permission.RUN_MATURITY in request.principal.company_permissions,
    }
    return render(request, "metrics/run_list.html", context)


@require_GET
def run_progress(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The fragment that a run under way is followed by."""
    require(request.principal, Permission.VIEW_HISTORY)
    run = get_object_or_404(MaturityRun, public_id=public_id)
    return render(request, "components/progress.html", _progress(run))


@require_POST
def run_start(request: HttpRequest) -> HttpResponse:
    """Start a full run; while one is under way the page shows that one."""
    require(request.principal, Permission.RUN_MATURITY)
    try:
        start_run(by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("A full run has started. It measures every line afresh."))
    return redirect("run-list")
