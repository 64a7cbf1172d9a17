"""Whom a policy binds: the rules, and a look at the people before they are saved."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coe.enums.roles import Permission, Role
from coe.errors import DomainError
from coe.rules.scope import require
from governance.forms.audience import rule_forms
from governance.models import Policy
from governance.selectors.audience import preview, rules_of
from governance.services.audience import set_audience

PEOPLE_A_PAGE = 50


@require_http_methods(["GET", "POST"])
def policy_audience(request: HttpRequest, code: str) -> HttpResponse:
    """Rules with a preview of names and counts; “preview” shows what would be bound, “save” binds it."""
    require(request.principal, Permission.MANAGE_POLICIES)
    policy, at = get_object_or_404(Policy, code=code), timezone.now()
    rules = rules_of([policy.pk])[policy.pk]
    forms = rule_forms(rules, request.POST if request.method == "POST" else None)
    problem, is_asked = "", request.method == "POST"
    wrong = [form for form in forms if not form.is_valid()]
    if is_asked and not wrong:
        rules = [rule for form in forms if (rule := form.rule()) is not None]
        if request.POST.get("action") == "save":
            try:
                set_audience(policy, rules=rules, by=request.principal.actor, at=at)
            except DomainError as error:
                problem = error.message
            else:
                messages.success(request, _("The audience is saved. It counts from now on."))
                return redirect("policy-audience", code)
    seen = preview(rules, principal=request.principal, at=at)
    context = {
        "policy": policy,
        "forms": forms,
        "problem": problem,
        "is_unsaved": is_asked,
        "seen": seen,
        "roles": [(Role(role).label if role else _("No role"), count) for role, count in seen.by_role],
        "page": Paginator(seen.people, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
    }
    is_bad = bool(problem) or (is_asked and bool(wrong))
    return render(request, "governance/policy_audience.html", context, status=422 if is_bad else 200)
