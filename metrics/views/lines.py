"""Lines as people look at them: the tree with its stages, and a spoke's home page."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.accounts import LIVE_STATES, MfaState
from coe.enums.lines import LineStatus
from coe.enums.roles import Permission
from coe.models import BusinessLine, RoleAssignment
from coe.rules.scope import accounts_in_scope, lines_in_scope, may
from metrics.forms.lines import LineFilterForm
from metrics.selectors.scorecards import line_stages, scorecard_page


@require_GET
def line_list(request: HttpRequest) -> HttpResponse:
    """The tree of lines in the reader's scope, with stage and number of accounts; filtered it becomes a flat list."""
    principal = request.principal
    filters = LineFilterForm(request.GET)
    criteria = filters.criteria()
    lines = lines_in_scope(principal).annotate(
        own_accounts=Count("accounts", filter=~Q(accounts__state__in=("archived", "rejected")), distinct=True)
    )
    if criteria.get("state") != "any":
        lines = lines.filter(
            status=LineStatus.ARCHIVED if criteria.get("state") == "archived" else LineStatus.ACTIVE
        )
    if words := criteria.get("q"):
        lines = lines.filter(Q(name__icontains=words) | Q(code_key__contains=words.casefold()))
    if kind := criteria.get("kind"):
        lines = lines.filter(kind=kind)
    ordered = _as_tree(list(lines.order_by("code_key")))
    stages = line_stages([line.pk for line in ordered], principal=principal)
    context = {
        "lines": [(line, stages.get(line.pk)) for line in ordered],
        "filters": filters,
        "may_manage": Permission.MANAGE_LINES in principal.company_permissions,
        "may_import": principal.holds_anywhere(Permission.IMPORT),
        "is_filtered": bool(criteria),
    }
    return render(request, "metrics/line_list.html", context)


def _as_tree(lines: list[BusinessLine]) -> list[BusinessLine]:
    """Children right after their parent, indented by their depth below the reader's outermost line."""
    known = {line.pk for line in lines}
    below: dict[int | None, list[BusinessLine]] = {}
    for line in lines:
        below.setdefault(line.parent_id if line.parent_id in known else None, []).append(line)
    ordered: list[BusinessLine] = []
    waiting = [(line, 0) for line in reversed(below.get(None, []))]
    while waiting:
        line, depth = waiting.pop()
        line.indent = range(min(depth, 6))
        ordered.append(line)
        waiting.extend((child, depth + 1) for child in reversed(below.get(line.pk, [])))
    return ordered


@require_GET
def line_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A line's scorecard and why it is what it is, what next, its accounts and people."""
    principal, at = request.principal, timezone.now()
    line = get_object_or_404(lines_in_scope(principal).select_related("parent"), code_key=code.casefold())
    people = (
        RoleAssignment.objects.filter(line=line, user__is_active=True)
        .current(at)
        .select_related("user")
        .order_by("role", "user__name")
    )
    context = {
        "line": line,
        "now": at,
        "trail": lines_in_scope(principal)
        .filter(descendant_links__descendant=line, descendant_links__depth__gt=0)
        .order_by("depth"),
        "children": lines_in_scope(principal).active().filter(parent=line),
        "accounts": _account_facts(principal, line),
        "people": people[:12],
        "tags": line.tags.all(),
        "may_edit": may(principal, Permission.EDIT_LINE, line.pk),
        "may_manage": Permission.MANAGE_LINES in principal.company_permissions,
        "may_register": may(principal, Permission.REGISTER_ACCOUNT, line.pk),
        "page": scorecard_page(line, principal=principal, at=at),
    }
    return render(request, "metrics/line_detail.html", context)


def _account_facts(principal: Any, line: BusinessLine) -> dict[str, int]:
    """Counts over the accounts of the line and all lines below it, each with its denominator (one query)."""
    two = Q(primary_owner__is_active=True, backup_owner__is_active=True)
    return (
        accounts_in_scope(principal)
        .filter(line__in=BusinessLine.objects.below(line).values("pk"))
        .exclude(state__in=("archived", "rejected"))
        .aggregate(
            total=Count("pk"),
            live=Count("pk", filter=Q(state__in=LIVE_STATES)),
            owned=Count("pk", filter=Q(state__in=LIVE_STATES) & two),
            mfa=Count(
                "pk", filter=Q(state__in=LIVE_STATES, mfa_state=MfaState.ON, platform__is_mfa_capable=True)
            ),
            capable=Count("pk", filter=Q(state__in=LIVE_STATES, platform__is_mfa_capable=True)),
        )
    )
