"""Campaigns of certification on the web: the list, one with its progress by line, plan, start, end, call off."""

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
from coe.rules.scope import allowed_lines, may, require_somewhere
from governance.enums.certification import CampaignAction
from governance.enums.policies import CAMPAIGN_TONES, CampaignState
from governance.forms.certification import CampaignForm
from governance.models import CertificationCampaign
from governance.rules.certification import require_campaigns
from governance.selectors.certification import campaigns_visible_to, certifiable_by, open_in, progress
from governance.services.certification_campaigns import (
    move_certification_campaign,
    plan_certification_campaign,
)
from governance.views.certification import tabs

PER_PAGE = 50


@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Campaigns that reach the reader's lines, the latest first."""
    rows = campaigns_visible_to(request.principal).select_related("line", "platform")
    page = Paginator(rows.order_by("-starts_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    for one in page.object_list:
        one.tone = CAMPAIGN_TONES[one.state]
    context = {
        "tabs": tabs(request, "certification-campaign-list"),
        "page": page,
        "may_plan": request.principal.holds_anywhere(Permission.EDIT_LINE),
    }
    return render(request, "governance/certification_campaigns.html", context)


@require_http_methods(["GET", "POST"])
def campaign_create(request: HttpRequest) -> HttpResponse:
    """Plan a campaign over a line one leads, or over the company."""
    principal = request.principal
    require_somewhere(principal, Permission.EDIT_LINE)
    form = CampaignForm(
        request.POST or None,
        lines=allowed_lines(principal, Permission.EDIT_LINE).filter(status="active"),
        is_company=Permission.EDIT_LINE in principal.company_permissions,
    )
    if form.is_bound and form.is_valid():
        values = form.values()
        require_campaigns(principal, values["line"].pk if values["line"] else None)
        try:
            campaign = plan_certification_campaign(
                **values, by=principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s is planned.") % {"name": campaign})
            return redirect(campaign)
    context = {
        "form": form,
        "title": _("Plan a certification campaign"),
        "intro": _("The owners of every account that fits are asked to certify it by the day you choose."),
        "submit": _("Plan the campaign"),
        "cancel_url": reverse("certification-campaign-list"),
        "crumbs": [
            (_("Certification"), reverse("certification-list")),
            (_("Campaigns"), reverse("certification-campaign-list")),
        ],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


def _campaign(request: HttpRequest, public_id: UUID) -> CertificationCampaign:
    rows = campaigns_visible_to(request.principal).select_related("line", "platform")
    return get_object_or_404(rows, public_id=public_id)


@require_GET
def campaign_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One campaign: how far each line is, and which accounts are open."""
    campaign, at = _campaign(request, public_id), timezone.now()
    accounts = certifiable_by(request.principal)
    lines = Paginator(progress(campaign, accounts, at=at), PER_PAGE).get_page(request.GET.get("lines"))
    waiting = open_in(campaign, accounts, at=at).select_related("line", "platform", "primary_owner")
    page = Paginator(waiting.order_by("line__code_key", "handle_key", "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    leads = may(request.principal, Permission.EDIT_LINE, campaign.line_id)
    total = progress(campaign, accounts, at=at)
    sums = [sum(row[name] for row in total) for name in ("total", "done")]
    context = {
        "campaign": campaign,
        "tone": CAMPAIGN_TONES[campaign.state],
        "lines": lines,
        "page": page,
        "total": sums[0],
        "done": sums[1],
        "actions": _actions(campaign) if leads else [],
    }
    return render(request, "governance/certification_campaign.html", context)


def _actions(campaign: CertificationCampaign) -> list[tuple[str, str]]:
    possible = {
        CampaignState.PLANNED: (CampaignAction.START, CampaignAction.CANCEL),
        CampaignState.RUNNING: (CampaignAction.END, CampaignAction.CANCEL),
    }
    return [(one.value, str(one.label)) for one in possible.get(CampaignState(campaign.state), ())]


@require_POST
def campaign_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Start, end or call a campaign off."""
    campaign = _campaign(request, public_id)
    require_campaigns(request.principal, campaign.line_id)
    try:
        moved = move_certification_campaign(
            campaign,
            action=request.POST.get("action", ""),
            by=request.principal.actor,
            at=timezone.now(),
            why=request.POST.get("reason", "")[:500],
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            _("%(name)s is now: %(state)s.") % {"name": moved, "state": moved.get_state_display()},
        )
    return redirect(campaign)
