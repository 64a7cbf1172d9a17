"""Coverage of policies: line or role by policy, down to the people of a cell."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission, Role
from coe.errors import NotAllowed
from coe.models import BusinessLine
from coe.rules.scope import lines_in_scope
from governance.models import Policy
from governance.selectors.acknowledgements import people_answered_for
from governance.selectors.policy_coverage import (
    coverage_by_line,
    coverage_by_role,
    covered_policies,
    may_see_answers,
    people_asked,
)
from governance.views.sections import tabs

LINES_A_PAGE = 50
PEOPLE_A_PAGE = 50


@require_GET
def policy_coverage(request: HttpRequest) -> HttpResponse:
    """Line × policy: how many of those who were asked accepted; below it the same by role."""
    principal, at = request.principal, timezone.now()
    lines = lines_in_scope(principal).active().order_by("code_key")
    page = Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    cells = coverage_by_line(principal, at=at, lines=[line.pk for line in page.object_list])
    by_role = coverage_by_role(principal, at=at)
    shown = {policy for _line, policy in cells} | {policy for _role, policy in by_role}
    policies = [one for one in covered_policies() if one.pk in shown]
    opened = may_see_answers(principal, [line.pk for line in page.object_list])
    roles = [(value, label) for value, label in Role.choices if any(role == value for role, _one in by_role)]
    context: dict[str, Any] = {
        "tabs": tabs(request, "policy-coverage"),
        "page": page,
        "policies": policies,
        "whole": [(one, cells.get((None, one.pk))) for one in policies] if principal.sees_all else [],
        "rows": [
            (line, line.pk in opened, [(one, cells.get((line.pk, one.pk))) for one in policies])
            for line in page.object_list
        ],
        "roles": [
            (value, label, [(one, by_role.get((value, one.pk))) for one in policies])
            for value, label in roles
        ],
        "sees_all": principal.sees_all,
        "may_export": principal.holds_anywhere(Permission.EXPORT),
    }
    return render(request, "governance/policy_coverage.html", context)


def cell_of(request: HttpRequest, code: str, line: str) -> tuple[Policy, BusinessLine | None]:
    """Policy and line of a cell whose people the reader may see; “all” stands for the whole company."""
    principal = request.principal
    policy = get_object_or_404(covered_policies(), code=code)
    where = None
    if line != "all":
        where = get_object_or_404(lines_in_scope(principal), code_key=line.casefold())
    elif not principal.sees_all:
        raise Http404
    key = where.pk if where is not None else None
    if key not in may_see_answers(principal, [] if key is None else [key]):
        raise NotAllowed()
    return policy, where


@require_GET
def policy_people(request: HttpRequest, code: str, line: str) -> HttpResponse:
    """The people of a cell: who is late first, then who has not answered, then who declined."""
    principal, at = request.principal, timezone.now()
    policy, where = cell_of(request, code, line)
    role = request.GET.get("role", "")
    if role and role not in Role.values:
        raise Http404
    rows = people_asked(policy, principal=principal, line=where, role=role)
    page = Paginator(rows, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    shown = [row.person_id for row in page.object_list]
    context = {
        "policy": policy,
        "line": where,
        "role": Role(role).label if role else "",
        "page": page,
        "at": at,
        "kept": set(people_answered_for(principal, at).filter(pk__in=shown).values_list("pk", flat=True)),
    }
    return render(request, "governance/policy_people.html", context)
