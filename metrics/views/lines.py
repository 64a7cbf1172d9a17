"""Lines as people look at them: the tree with its stages, a spoke's home page, the records behind a criterion."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.accounts import ENDED_STATES
from coe.enums.lines import LineStatus
from coe.enums.roles import Permission
from coe.forms.tables import export_links
from coe.models import BusinessLine, JournalEntry, RoleAssignment
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope, may
from coe.selectors.line_lists import tree_order
from coe.selectors.panels import panels_of
from coe.selectors.saved import saved_views
from governance.selectors.exceptions import excuses
from metrics.forms.lines import LineFilterForm
from metrics.forms.scorecards import scored
from metrics.forms.stages import badge_of, criterion_of
from metrics.indicators.evidence import evidence_of
from metrics.selectors.line_pages import line_of_page
from metrics.selectors.line_stages import overall_stages
from metrics.selectors.missing import missing_for
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.scorecards import line_scorecard, scorecard_beside
from metrics.selectors.work_queue import lines_late

PER_PAGE = 50
_OWN_ACCOUNTS = Count("accounts", filter=~Q(accounts__state__in=ENDED_STATES))


def narrowed_lines(principal: Principal, criteria: dict[str, Any]) -> QuerySet[BusinessLine]:
    """Lines in scope that meet every criterion of the list: state, words, kind, and whether they are late."""
    lines = lines_in_scope(principal)
    if criteria.get("state") != "any":
        lines = lines.filter(
            status=LineStatus.ARCHIVED if criteria.get("state") == "archived" else LineStatus.ACTIVE
        )
    if words := criteria.get("q"):
        lines = lines.filter(Q(name__icontains=words) | Q(code_key__contains=words.casefold()))
    if kind := criteria.get("kind"):
        lines = lines.filter(kind=kind)
    if criteria.get("aim") == "late":
        lines = lines.filter(pk__in=lines_late(principal, timezone.now()))
    return lines


@require_GET
def line_list(request: HttpRequest) -> HttpResponse:
    """The tree of lines in the reader's scope, a page at a time, with stage and number of accounts."""
    principal = request.principal
    filters = LineFilterForm(request.GET)
    criteria = filters.criteria()
    lines = narrowed_lines(principal, criteria)
    page = Paginator(tree_order(lines), PER_PAGE).get_page(request.GET.get("page"))
    depths = dict(page.object_list)
    known = lines_in_scope(principal).annotate(own_accounts=_OWN_ACCOUNTS).in_bulk(list(depths))
    stages, levels = overall_stages(list(depths))
    shown = []
    for pk, depth in depths.items():
        line, found = known[pk], stages.get(pk)
        line.indent = range(min(depth, 6))
        shown.append((line, badge_of(found, levels) if found else None, found))
    context = {
        "lines": shown,
        "page": page,
        "filters": filters,
        "saved": saved_views(request.user, page="line-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
        "exports": export_links(reverse("line-export"))
        if principal.holds_anywhere(Permission.EXPORT)
        else (),
        "may_manage": Permission.MANAGE_LINES in principal.company_permissions,
        "may_import": principal.holds_anywhere(Permission.IMPORT),
        "is_filtered": bool(criteria),
    }
    return render(request, "metrics/line_list.html", context)


def _line(request: HttpRequest, code: str) -> BusinessLine:
    return get_object_or_404(
        lines_in_scope(request.principal).select_related("parent"), code_key=code.casefold()
    )


@require_GET
def line_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A line's scorecard and why it is what it is, what next, its accounts and people."""
    principal, at = request.principal, timezone.now()
    found = line_of_page(principal, code, at)
    if found is None:
        raise Http404
    line = found.line
    people = RoleAssignment.objects.filter(line=line, user__is_active=True).current(at).select_related("user")
    card = scorecard_beside(line, found.beside, at)
    context = {
        "line": line,
        "trail": found.trail,
        "children": found.children,
        "accounts": found.accounts,
        "people": people.order_by("role", "user__name")[:12],
        "tags": found.tags,
        "some_accounts": _some_accounts(principal, line),
        "journal": JournalEntry.objects.filter(object_id=line.public_id).select_related("author")[:20],
        "kept": found.calendar,
        "panels": panels_of("line", line.code),
        "missing": missing_for(line) if not card.is_scored else (),
        "may_comment": may(principal, Permission.COMMENT, line.pk),
        "may_history": may(principal, Permission.VIEW_HISTORY, line.pk),
        "wait": found.waiting,
        "wait_url": reverse("waiting-line", args=[line.code]),
        "may_edit": may(principal, Permission.EDIT_LINE, line.pk),
        "may_manage": Permission.MANAGE_LINES in principal.company_permissions,
        "may_register": may(principal, Permission.REGISTER_ACCOUNT, line.pk),
        **scored(card, at, where=lambda criterion: reverse("line-criterion", args=[line.code, criterion])),
    }
    return render(request, "metrics/line_detail.html", context)


@require_GET
def line_criterion(request: HttpRequest, code: str, criterion: str) -> HttpResponse:
    """The records of a line that fail a criterion, each with the page where it is put right."""
    at = timezone.now()
    line = _line(request, code)
    rubric = current_rubric()
    found = next((c for c in rubric_of(rubric).criteria if c.code == criterion), None) if rubric else None
    if found is None:
        raise Http404
    card = line_scorecard(line, request.principal, at)
    row = next((one for one in card.criteria if one.code == criterion), None)
    context = {
        "line": line,
        "code": criterion,
        "row": criterion_of(row, where="", day=card.as_of) if row else None,
        "statement": row.statement if row else "",
        "remedy": row.remedy if row else "",
        "fix_url": row.fix_url if row else "",
        "lists": evidence_of(found, line.pk, at=at),
        "excuses": excuses(request.principal, line.pk, criterion, at=at),
        "may_ask": bool(row)
        and row.verdict != "waived"
        and may(request.principal, Permission.REQUEST_EXCEPTION, line.pk),
    }
    return render(request, "metrics/line_criterion.html", context)


def _some_accounts(principal: Any, line: BusinessLine) -> Any:
    """The line's own accounts that matter most: by tier, the first eight."""
    own = accounts_in_scope(principal).registered().filter(line=line).select_related("platform")
    return own.order_by("tier", "handle_key", "pk")[:8]
