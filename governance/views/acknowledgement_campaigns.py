"""Pages of acknowledgement campaigns: the list, planning one, its progress by line, and calling it off."""

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
from coe.models import BusinessLine
from coe.rules.scope import lines_in_scope, may, require
from governance.enums.policies import CAMPAIGN_TONES, CampaignState
from governance.forms.campaigns import CampaignForm
from governance.selectors.policy_coverage import campaign_by_line, campaign_progress, campaigns_visible_to
from governance.services.acknowledgement_campaigns import cancel_campaign, plan_campaign
from governance.views.sections import tabs

LINES_A_PAGE = 50


@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Rounds that reach the reader's lines, the latest first."""
    page = Paginator(campaigns_visible_to(request.principal), 50).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(request, "policy-campaigns"),
        "page": page,
        "tones": CAMPAIGN_TONES,
        "may_plan": may(request.principal, Permission.MANAGE_POLICIES),
    }
    return render(request, "governance/policy_campaigns.html", context)


@require_http_methods(["GET", "POST"])
def campaign_create(request: HttpRequest) -> HttpResponse:
    """Plan a round."""
    require(request.principal, Permission.MANAGE_POLICIES)
    form = CampaignForm(request.POST or None, lines=BusinessLine.objects.active().order_by("code_key"))
    if form.is_bound and form.is_valid():
        try:
            made = plan_campaign(by=request.principal.actor, at=timezone.now(), **form.values())
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The campaign is planned."))
            return redirect(made)
    context = {
        "title": _("Plan a campaign"), "form": form, "submit": _("Plan the campaign"),
        "cancel_url": reverse("policy-campaigns"), "crumbs": [(_("Campaigns"), reverse("policy-campaigns"))],
    }  # fmt: skip
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_GET
def campaign_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A round: what it asks, and how far the reader's lines have come."""
    principal = request.principal
    campaign = get_object_or_404(campaigns_visible_to(principal), public_id=public_id)
    lines = lines_in_scope(principal).active().order_by("code_key")
    if campaign.line is not None:
        lines = lines.below(campaign.line)
    page = Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    progress = campaign_by_line(campaign, principal=principal, lines=[line.pk for line in page.object_list])
    is_open = campaign.state in (CampaignState.PLANNED, CampaignState.RUNNING)
    context = {
        "campaign": campaign,
        "tone": CAMPAIGN_TONES[campaign.state],
        "policies": campaign.policies.order_by("code"),
        "whole": campaign_progress(campaign, principal=principal),
        "page": page,
        "rows": [(line, progress.get(line.pk)) for line in page.object_list],
        "may_cancel": is_open and may(principal, Permission.MANAGE_POLICIES),
    }
    return render(request, "governance/policy_campaign.html", context)


@require_POST
def campaign_cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Call a round off, for a reason."""
    campaign = get_object_or_404(campaigns_visible_to(request.principal), public_id=public_id)
    require(request.principal, Permission.MANAGE_POLICIES)
    try:
        cancel_campaign(
            campaign, by=request.principal.actor, at=timezone.now(), why=request.POST.get("reason", "")
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The campaign is called off."))
    return redirect(campaign)
