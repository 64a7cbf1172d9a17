"""Which course a level of access needs: the rules, a new one, the end of one."""

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
from coe.rules.scope import may, require
from governance.forms.access import AccessRuleForm
from governance.models import AccessRule
from governance.selectors.access import rules_in_force
from governance.services.access_rules import end_rule, make_rule

PER_PAGE = 50


@require_GET
def access_rule_list(request: HttpRequest) -> HttpResponse:
    """The rules in force: what somebody learns before they get into an account. They are of the company and hide nothing of a line."""
    page = Paginator(rules_in_force(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_write": may(request.principal, Permission.MANAGE_POLICIES)}
    return render(request, "governance/access/rules.html", context)


@require_http_methods(["GET", "POST"])
def access_rule_make(request: HttpRequest) -> HttpResponse:
    """Make a level need a course."""
    require(request.principal, Permission.MANAGE_POLICIES)
    form = AccessRuleForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            make_rule(by=request.principal.actor, at=timezone.now(), **form.values())
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(
                request,
                _("The rule holds from now on. Access that lacks the course is asked back within a day."),
            )
            return redirect("access-rule-list")
    back = reverse("access-rule-list")
    context = {
        "title": _("Make a level need a course"), "form": form, "submit": _("Make the rule"), "cancel_url": back,
        "crumbs": [(_("Access"), reverse("access-list")), (_("Which course access needs"), back)],
        "intro": _("Whoever has this access without a valid certificate or an exception is asked to give it back."),
    }  # fmt: skip
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_POST
def access_rule_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The level needs the course no longer."""
    require(request.principal, Permission.MANAGE_POLICIES)
    rule = get_object_or_404(AccessRule, public_id=public_id)
    try:
        end_rule(
            rule, by=request.principal.actor, at=timezone.now(), why=request.POST.get("reason", "").strip()
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The rule has ended."))
    return redirect("access-rule-list")
