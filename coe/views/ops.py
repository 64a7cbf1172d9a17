"""Health and gauges, for supervisors and Prometheus."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from coe.models import BusinessLine, ImportBatch, LineFact, OutboxMessage, SocialAccount
from coe.registries import gauges


@login_not_required
@never_cache
@require_safe
def status(request: HttpRequest) -> JsonResponse:
    """200 when the process answers and its database does; nothing else is told to strangers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"status": "ok", "version": settings.VERSION, "time": timezone.now().isoformat()})


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
    figures = {
        "coe_lines": ("Active lines", BusinessLine.objects.active().count()),
        "coe_accounts": ("Registered accounts", SocialAccount.objects.registered().count()),
        "coe_outbox_waiting": (
            "Messages waiting to leave",
            OutboxMessage.objects.filter(state="pending").count(),
        ),
        "coe_facts_waiting": ("Changed facts not scored yet", LineFact.objects.count()),
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
