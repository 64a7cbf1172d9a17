"""Health and gauges, for supervisors and Prometheus."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from coe.models import BusinessLine, ImportBatch, LineFact, OutboxMessage, SocialAccount
from coe.registries import gauges
from coe.selectors.clocks import clock_health


@login_not_required
@never_cache
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """200 when the process answers and its database does, with a word on the clocks; nothing else is told to strangers.

    Clocks that are late or stopped need an administrator, not a restart of this process, so they are no error here.
    """
    now = timezone.now()
    clocks = clock_health(at=now).word
    return JsonResponse(
        {"status": "ok", "clocks": clocks, "version": settings.VERSION, "time": now.isoformat()}
    )


@login_not_required
@never_cache
@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """Gauges read from the database at scrape time; needs `Authorization: Bearer METRICS_TOKEN`."""
    expected = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    clocks = clock_health(at=timezone.now())
    figures = {
        "coe_lines": ("Active lines", BusinessLine.objects.active().count()),
        "coe_accounts": ("Registered accounts", SocialAccount.objects.registered().count()),
        "coe_outbox_waiting": (
            "Messages waiting to leave",
            OutboxMessage.objects.filter(state="pending").count(),
        ),
        "coe_facts_waiting": ("Changed facts not scored yet", LineFact.objects.count()),
        "coe_timers_due": ("Timers due and not settled", clocks.due),
        "coe_timers_oldest_due_seconds": (
            "How long the oldest due timer has been waiting",
            clocks.oldest_seconds,
        ),
        "coe_timers_quarantined": ("Timers in quarantine", clocks.quarantined),
        "coe_imports_open": (
            "Imports under way",
            ImportBatch.objects.filter(state__in=["validating", "applying"]).count(),
        ),
    }
    for name, (text, value) in figures.items():
        Gauge(name, text, registry=registry).set(value)
    for name, read in gauges.items():
        Gauge(name, name.replace("_", " "), registry=registry).set(read())
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")
