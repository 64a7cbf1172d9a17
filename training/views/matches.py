"""Learning systems: whom and what they mean that the hub does not know, and what was said about it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.models import RoleAssignment
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, people_in_scope, require
from training.forms.matches import ActivityMatchForm, PersonMatchForm
from training.models import ActivityMatch, Course, PersonMatch
from training.selectors.statements import (
    as_activities,
    as_people,
    matches_in_scope,
    statements_in_scope,
    unknown_activities,
    unknown_people,
)
from training.services.matching import match_activity, match_person, unmatch_activity, unmatch_person
from training.views.learning import tabs

A_PAGE = 50


def _courses() -> QuerySet[Course]:
    return Course.objects.offered().order_by("code_key")


@require_GET
def match_list(request: HttpRequest) -> HttpResponse:
    """What waits for a match, and the matches there are."""
    principal = request.principal
    require_anywhere(principal, Permission.RECORD_TRAINING)
    # One page number turns all three lists: each is short but for the one that somebody is working through.
    number = request.GET.get("page")
    people = Paginator(unknown_people(principal), A_PAGE).get_page(number)
    activities = Paginator(unknown_activities(principal), A_PAGE).get_page(number)
    known = Paginator(matches_in_scope(principal).order_by("kind", "value"), A_PAGE).get_page(number)
    may_name = Permission.MANAGE_TRAINING in principal.company_permissions
    context = {
        "tabs": tabs(request, "match-list"),
        "page": max(people, activities, known, key=lambda page: page.paginator.num_pages),
        "people_rows": as_people(people.object_list),
        "activity_rows": as_activities(list(activities.object_list), (get_language() or "en")[:2]),
        "known": known,
        "known_activities": ActivityMatch.objects.select_related("course").order_by("activity")[:A_PAGE]
        if may_name
        else [],
        "courses": list(_courses()) if may_name else [],
        "may_name": may_name,
    }
    return render(request, "training/match_list.html", context)


def require_anywhere(principal: Principal, permission: Permission) -> None:
    """Refuse whoever holds a right on no line."""
    if not principal.holds_anywhere(permission):
        require(principal, permission)


@require_POST
def person_match_create(request: HttpRequest) -> HttpResponse:
    """Say who somebody is."""
    principal = request.principal
    require_anywhere(principal, Permission.RECORD_TRAINING)
    form = PersonMatchForm(request.POST, people=people_in_scope(principal))
    if not form.is_valid():
        return _refused(request, form)
    kind, value = form.cleaned_data["kind"], form.cleaned_data["value"]
    led = allowed_lines(principal, Permission.RECORD_TRAINING)
    waiting = statements_in_scope(principal).parked().filter(actor_kind=kind, actor_value=value, line__in=led)
    if not waiting.exists():
        raise Http404
    try:
        _match, done = match_person(
            kind=kind, value=value, user=form.user, by=principal.actor, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _counted(done))
    return redirect("match-list")


@require_POST
def activity_match_create(request: HttpRequest) -> HttpResponse:
    """Say which course an activity is."""
    principal = request.principal
    require(principal, Permission.MANAGE_TRAINING)
    form = ActivityMatchForm(request.POST, courses=_courses())
    if not form.is_valid():
        return _refused(request, form)
    activity = form.cleaned_data["activity"]
    if not statements_in_scope(principal).parked().filter(activity=activity).exists():
        raise Http404
    try:
        _match, done = match_activity(
            activity=activity, course=form.cleaned_data["course"], by=principal.actor, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _counted(done))
    return redirect("match-list")


def _refused(request: HttpRequest, form: PersonMatchForm | ActivityMatchForm) -> HttpResponse:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, error)
    return redirect("match-list")


def _counted(done: int) -> str:
    return ngettext(
        "Matched. %(n)d waiting statement counts now.", "Matched. %(n)d waiting statements count now.", done
    ) % {"n": done}


@require_POST
def person_match_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a match of a person away."""
    principal = request.principal
    match = get_object_or_404(matches_in_scope(principal), public_id=public_id)
    require_for_person(principal, match)
    done = unmatch_person(match, by=principal.actor, at=timezone.now(), why=request.POST.get("why", "")[:500])
    messages.success(request, _taken_back(done))
    return redirect("match-list")


def require_for_person(principal: Principal, match: PersonMatch) -> None:
    """Refuse whoever keeps no training records on a line of this person."""
    led = allowed_lines(principal, Permission.RECORD_TRAINING)
    if not RoleAssignment.objects.filter(user_id=match.user_id, line__in=led).exists():
        require(principal, Permission.RECORD_TRAINING)


@require_POST
def activity_match_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a match of an activity away."""
    principal = request.principal
    require(principal, Permission.MANAGE_TRAINING)
    match = get_object_or_404(ActivityMatch, public_id=public_id)
    done = unmatch_activity(
        match, by=principal.actor, at=timezone.now(), why=request.POST.get("why", "")[:500]
    )
    messages.success(request, _taken_back(done))
    return redirect("match-list")


def _taken_back(done: int) -> str:
    return ngettext(
        "Taken away. %(n)d statement waits again.", "Taken away. %(n)d statements wait again.", done
    ) % {"n": done}
