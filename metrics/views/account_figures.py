"""The figures of one account: a page of its own, and the panel on the account's page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.rules.scope import accounts_in_scope
from metrics.selectors.account_figures import account_figures


@require_GET
def account_figures_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One metric of the account by month, with its table and the other metrics it reports."""
    account = get_object_or_404(
        accounts_in_scope(request.principal).select_related("platform"), public_id=public_id
    )
    found = account_figures(
        account,
        principal=request.principal,
        today=timezone.localdate(),
        code=request.GET.get("metric", ""),
    )
    context = {
        "account": account,
        "found": found,
        "may_import": request.principal.holds_anywhere(Permission.IMPORT),
    }
    return render(request, "metrics/account_figures.html", context)
