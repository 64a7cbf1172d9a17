"""Sweeps on the web: the list, one with what it found, start, complete, call off."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.rules.scope import lines_in_scope, may, require
from governance.forms.discovery import SweepForm
from governance.models import DiscoverySweep
from governance.selectors.discovery import findings_visible_to, sweeps_visible_to, with_counts
from governance.services.sweeps import end_sweep, start_sweep
from governance.views.discovery import TONES as FINDING_TONES, tabs

PER_PAGE = 50
TONES = {"running": "care", "completed": "good", "cancelled": "void"}


@require_GET
def sweep_list(request: HttpRequest) -> HttpResponse:
    """Searches, the latest first."""
    rows = with_counts(sweeps_visible_to(request.principal)).select_related("line", "led_by")
    page = Paginator(rows.order_by("-started_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.tone = TONES[one.state]
    context = {
        "tabs": tabs(request, "sweep-list"),
        "page": page,
        "may_start": may(request.principal, Permission.RUN_DISCOVERY),
    }
    return render(request, "governance/sweep_list.html", context)


@require_http_methods(["GET", "POST"])
def sweep_start(request: HttpRequest) -> HttpResponse:
    """Start a sweep."""
    principal = request.principal
    require(principal, Permission.RUN_DISCOVERY)
    form = SweepForm(request.POST or None, lines=lines_in_scope(principal).active())
    if form.is_bound and form.is_valid():
        try:
            sweep = start_sweep(
                **form.cleaned_data, led_by=request.user, by=principal.actor, at=timezone.now()
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s runs. Report what you find.") % {"name": sweep})
            return redirect(sweep)
    context = {
        "form": form,
        "title": _("Start a sweep"),
        "intro": _("Search for accounts that use your names and are not in the register."),
        "submit": _("Start the sweep"),
        "cancel_url": reverse("sweep-list"),
        "crumbs": [(_("Discovery"), reverse("finding-list")), (_("Sweeps"), reverse("sweep-list"))],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


def _sweep(request: HttpRequest, public_id: UUID) -> DiscoverySweep:
    rows = sweeps_visible_to(request.principal).select_related("line", "led_by")
    return get_object_or_404(rows, public_id=public_id)


@require_GET
def sweep_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One sweep with what it found."""
    sweep = _sweep(request, public_id)
    found = findings_visible_to(request.principal).filter(sweep=sweep).select_related("platform", "line")
    page = Paginator(found.order_by("-found_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.tone = FINDING_TONES[row.state]
    context = {
        "sweep": sweep,
        "tone": TONES[sweep.state],
        "platforms": list(sweep.platforms.order_by("name")),
        "page": page,
        "runs": may(request.principal, Permission.RUN_DISCOVERY),
    }
    return render(request, "governance/sweep_detail.html", context)


@require_POST
def sweep_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Complete a sweep with its result, or call it off."""
    sweep = _sweep(request, public_id)
    require(request.principal, Permission.RUN_DISCOVERY)
    try:
        done = end_sweep(
            sweep,
            is_done=request.POST.get("action") != "cancel",
            summary=request.POST.get("summary", ""),
            by=request.principal.actor,
            at=timezone.now(),
            why=request.POST.get("reason", "")[:500],
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            _("%(name)s is now: %(state)s.") % {"name": done, "state": done.get_state_display()},
        )
    return redirect(sweep)
