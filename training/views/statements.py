"""Statements of learning that do not count: why, what to do about it, and judged again once it is done."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.rules.scope import require_somewhere
from training.enums.statements import StatementState
from training.selectors.statements import uncounted_of
from training.services.matching import judge_statement
from training.views.learning import tabs

A_PAGE = 50


@require_GET
def statement_list(request: HttpRequest) -> HttpResponse:
    """What was told and does not count, with the reason and the remedy."""
    require_somewhere(request.principal, Permission.RECORD_TRAINING)
    rows = uncounted_of(request.principal)
    state = request.GET.get("state", "")
    if state in (StatementState.PARKED, StatementState.REFUSED):
        rows = rows.filter(state=state)
    context = {
        "tabs": tabs(request, "match-list"),
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": [("", _("All")), *((one.value, one.label) for one in (StatementState.REFUSED, StatementState.PARKED))],
    }  # fmt: skip
    return render(request, "training/statement_list.html", context)


@require_POST
def statement_judge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Judge one again."""
    require_somewhere(request.principal, Permission.RECORD_TRAINING)
    row = get_object_or_404(uncounted_of(request.principal), public_id=public_id)
    try:
        row = judge_statement(row, by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        if row.state == StatementState.APPLIED:
            messages.success(request, _("The statement counts now."))
        else:
            messages.error(request, _("It still does not count. %(why)s") % {"why": row.note})
    return redirect("statement-list")
