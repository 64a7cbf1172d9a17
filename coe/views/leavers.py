"""People leave: what they hold and who takes it on, the way back, and what leavers of the past still hold."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.leavers import HandOverForm
from coe.forms.lines import WhyForm
from coe.forms.refusals import blame
from coe.models import User
from coe.rules.roles import require_manage_person
from coe.rules.scope import people_in_scope, people_to_name, require
from coe.selectors.holdings import holdings_of, left_behind
from coe.services.handing_over import hand_over, leave_company
from coe.services.people import reactivate_person

PER_PAGE = 50


def _person(request: HttpRequest, public_id: UUID) -> User:
    person: User = get_object_or_404(people_in_scope(request.principal), public_id=public_id)
    require_manage_person(request.principal, person, timezone.now())
    return person


@require_http_methods(["GET", "POST"])
def person_leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close the log-in of a leaver, end their roles and hand over what they hold; or open the log-in again."""
    person = _person(request, public_id)
    if not person.is_active:
        return _return(request, person)
    return _hand_over(
        request,
        person,
        leave_company,
        title=_("%(name)s leaves the company") % {"name": person},
        intro=_("The log-in closes and every role ends now. Choose who takes on what they hold."),
        submit=_("Close the log-in"),
        done=_("%(name)s has left: log-in closed, roles ended.") % {"name": person},
        is_leaving=True,
    )


@require_http_methods(["GET", "POST"])
def person_hand_over(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give what somebody holds to others, whether they stay or have left."""
    person = _person(request, public_id)
    return _hand_over(
        request,
        person,
        hand_over,
        title=_("Hand over what %(name)s holds") % {"name": person},
        intro="",
        submit=_("Hand it over"),
        done=_("Handed over."),
        is_leaving=False,
    )


def _hand_over(
    request: HttpRequest,
    person: User,
    step: Any,
    *,
    title: str,
    intro: str,
    submit: str,
    done: str,
    is_leaving: bool,
) -> HttpResponse:
    at = timezone.now()
    held = holdings_of([person.pk], at=at)[person.pk]
    people = people_to_name(request.principal).filter(is_active=True).exclude(pk=person.pk)
    form = HandOverForm(request.POST if request.method == "POST" else None, held=held, people=people)
    if form.is_bound and form.is_valid():
        try:
            step(person, **form.values(), by=request.principal.actor, at=at)
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(request, done)
            return redirect("person-detail", person.public_id)
    context = {
        "person": person,
        "form": form,
        "held": held,
        "title": title,
        "intro": intro,
        "submit": submit,
        "is_leaving": is_leaving,
        "people_known": people[:500],
    }
    return render(request, "coe/people/hand_over.html", context, status=422 if form.errors else 200)


def _blame(form: HandOverForm, error: DomainError) -> None:
    """Say each refusal beside the thing it is about."""
    fields = {f"successors/{name}": field for field, name in form.names.items()}
    for problem in error.problems:
        form.add_error(fields.get(problem.field), problem.message)
    if not error.problems:
        blame(form, error)


def _return(request: HttpRequest, person: User) -> HttpResponse:
    form = WhyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            reactivate_person(
                person, by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s is back.") % {"name": person})
            return redirect("person-detail", person.public_id)
    context = {
        "form": form,
        "title": _("%(name)s is back") % {"name": person},
        "intro": _(
            "The log-in opens. Roles that ended, and what was handed over, do not come back by themselves."
        ),
        "submit": _("Open the log-in"),
        "cancel_url": reverse("person-detail", args=[person.public_id]),
        "crumbs": [
            (_("People"), reverse("person-list")),
            (str(person), reverse("person-detail", args=[person.public_id])),
        ],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_GET
def leaver_list(request: HttpRequest) -> HttpResponse:
    """People who have left and still hold something that somebody must take on."""
    require(request.principal, Permission.MANAGE_PEOPLE)
    found = left_behind(at=timezone.now())
    page = Paginator(list(found.items()), PER_PAGE).get_page(request.GET.get("page"))
    people = User.objects.in_bulk([pk for pk, _held in page.object_list])
    rows = [(people[pk], held) for pk, held in page.object_list]
    return render(request, "coe/people/leavers.html", {"page": page, "rows": rows})
