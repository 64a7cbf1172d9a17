"""Certificates: one to print, and the public check by code, which needs no log-in and tells one word."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coe.errors import DomainError, NotAllowed
from coe.rules.scope import trained_by
from training.forms.catalogue import CheckForm
from training.forms.records import RevokeForm
from training.models import Certificate
from training.selectors.certificates import certificates_visible_to, checked
from training.services.certificates import revoke_certificate

# A code holds 99 bits, so that guessing is hopeless anyway; this keeps a guesser from costing anything.
CHECKS_A_MINUTE = 20


def _certificate(request: HttpRequest, public_id: UUID) -> Certificate:
    visible = certificates_visible_to(request.principal, timezone.now())
    return get_object_or_404(
        visible.select_related("user", "course", "completion__version"), public_id=public_id
    )


@require_GET
def certificate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A certificate, to read and to print."""
    row, at = _certificate(request, public_id), timezone.now()
    context = {
        "certificate": row,
        "state": row.state_at(at),
        "check_url": f"{request.build_absolute_uri(reverse('certificate-check'))}?code={row.code}",
        "may_revoke": trained_by(request.principal, at).filter(pk=row.user_id).exists(),
    }
    return render(request, "training/certificate.html", context)


@require_POST
def certificate_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a certificate, for a reason."""
    row, at = _certificate(request, public_id), timezone.now()
    if not trained_by(request.principal, at).filter(pk=row.user_id).exists():
        raise NotAllowed()
    form = RevokeForm(request.POST)
    try:
        revoke_certificate(row, by=request.principal.actor, at=at, why=form.data.get("reason", ""))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The certificate is revoked."))
    return redirect("certificate", row.public_id)


def _too_many(request: HttpRequest) -> bool:
    key = f"certificate-check:{get_adapter().get_client_ip(request)}:{timezone.now():%Y%m%d%H%M}"
    cache.add(key, 0, 120)
    return cache.incr(key) > CHECKS_A_MINUTE


@login_not_required
@require_GET
def certificate_check(request: HttpRequest) -> HttpResponse:
    """Whether a certificate is valid, expired, revoked or unknown: nothing about whose it is or of what."""
    form = CheckForm(request.GET if "code" in request.GET else None)
    state, status = "", 200
    if form.is_bound and form.is_valid():
        if _too_many(request):
            status = 429
        else:
            state = checked(form.cleaned_data["code"], at=timezone.now()) or "unknown"
    answer = render(
        request,
        "training/certificate_check.html",
        {"form": form, "state": state, "is_throttled": status == 429},
        status=status,
    )
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    if status == 429:
        answer["Retry-After"] = "60"
    return answer
