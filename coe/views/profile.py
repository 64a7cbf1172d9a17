"""The reader's own pages: profile, theme, language."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.enums.roles import ROLES, Role
from coe.enums.work import Theme
from coe.errors import DomainError
from coe.forms.people import ProfileForm
from coe.forms.refusals import blame
from coe.models import RoleAssignment
from coe.services.people import edit_person

A_YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What the reader sets for themselves, and the roles they hold."""
    form = ProfileForm(request.POST or None, person=request.user)
    if form.is_bound and form.is_valid():
        try:
            person = edit_person(
                request.user, changes=form.changes(), by=request.principal.actor, at=timezone.now()
            )
        except DomainError as error:
            blame(form, error)
        else:
            with translation.override(person.language):
                messages.success(request, _("Profile saved."))
            return redirect("profile")
    held = RoleAssignment.objects.filter(user=request.user).current(timezone.now()).select_related("line")
    roles = [(one, ROLES[Role(one.role)].sentence) for one in held]
    return render(
        request,
        "coe/profile/profile.html",
        {"form": form, "roles": roles},
        status=422 if form.errors else 200,
    )


def _back(request: HttpRequest) -> HttpResponse:
    url = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(url if safe else "/")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Speak another language: kept with the person, and in a cookie for the pages before log-in."""
    language = request.POST.get("language", "")
    answer = _back(request)
    if language not in dict(settings.LANGUAGES):
        return answer
    if request.user.is_authenticated:
        edit_person(
            request.user, changes={"language": language}, by=request.principal.actor, at=timezone.now()
        )
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
    )
    return answer


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system says."""
    theme = request.POST.get("theme", "")
    answer = _back(request)
    if theme not in Theme.values:
        return answer
    if request.user.is_authenticated:
        edit_person(request.user, changes={"theme": theme}, by=request.principal.actor, at=timezone.now())
    answer.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return answer
