"""The one button that leaves the demo company for an empty hub."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError, NotAllowed
from coe.forms.leaving import LeaveDemoForm
from coe.forms.refusals import blame
from coe.rules.scope import require
from coe.services.leaving import leave_demo
from coe.services.organisation import organisation


@require_http_methods(["GET", "POST"])
def demo_leave(request: HttpRequest) -> HttpResponse:
    """Ask who will administer the empty hub, then remove the demo company. Not found in a hub that is none."""
    require(request.principal, Permission.ADMINISTER)
    if not request.user.is_staff:
        raise NotAllowed
    if not organisation().is_demo:
        raise Http404
    form = LeaveDemoForm(request.POST or None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            left = leave_demo(
                by=request.principal.actor,
                at=timezone.now(),
                admin_email=given["email"],
                admin_password=given["password"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            # The session went with the demo people; a fresh one carries the message to the log-in page.
            logout(request)
            messages.success(
                request, _("The hub is empty now. Log in as %(email)s.") % {"email": left.administrator.email}
            )
            return redirect("account_login")
    return render(
        request,
        "hub/demo_leave.html",
        {
            "form": form,
            "action": reverse("demo-leave"),
            "cancel_url": reverse("dashboard"),
            "danger": True,
            "title": _("Leave the demo company?"),
            "text": _(
                "Every line, account, person, figure and score of this hub is removed, also what you added to it, and cannot be "
                "brought back. Platforms, metric dictionary and rubrics stay."
            ),
            "verb": _("Leave the demo and empty the hub"),
        },
        status=422 if form.errors else 200,
    )
