"""My duties, and those of the people one leads."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.enums.work import DutyState
from coe.errors import DomainError
from coe.rules.scope import allowed_lines, people_led, require
from coe.selectors.duties import Duty, duties_of, duties_on
from coe.services.duties import count_duties, remind_person

PER_PAGE = 50
_TONES = {DutyState.OVERDUE: "bad", DutyState.SOON: "care", DutyState.OPEN: "void"}


def _rows(duties: list[Duty], at: datetime) -> list[dict[str, object]]:
    states = [(duty, duty.state_at(at)) for duty in duties]
    return [{"duty": duty, "tone": _TONES[state], "word": state.label} for duty, state in states]


@require_GET
def my_duties(request: HttpRequest) -> HttpResponse:
    """Everything the reader owes, the most urgent first; the count in the menu is brought up to date on the way."""
    at = timezone.now()
    found = duties_of([request.user], at=at)
    count_duties([request.user], owed=found, at=at)
    owed = found[request.user.pk]
    page = Paginator(owed, PER_PAGE).get_page(request.GET.get("page"))
    overdue = sum(duty.state_at(at) == DutyState.OVERDUE for duty in owed)
    context = {
        "page": page,
        "rows": _rows(list(page), at),
        "overdue": overdue,
        "leads": request.principal.holds_anywhere(Permission.ASSIGN_ROLES),
    }
    return render(request, "coe/duties/mine.html", context)


@require_GET
def team_duties(request: HttpRequest) -> HttpResponse:
    """What the people on the reader's lines owe there, those with the most overdue first."""
    at = timezone.now()
    if not request.principal.holds_anywhere(Permission.ASSIGN_ROLES):
        require(request.principal, Permission.ASSIGN_ROLES)
    people = people_led(request.principal, at).filter(open_duties__gt=0)
    page = Paginator(people.order_by("-overdue_duties", "-open_duties", "name", "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    owed = duties_of(page, at=at)
    told = _told_lines(request)
    team = []
    for person in page:
        duties = owed[person.pk] if told is None else duties_on(owed[person.pk], told)
        if duties:
            team.append({"person": person, "rows": _rows(duties, at)})
    return render(request, "coe/duties/team.html", {"page": page, "team": team})


def _told_lines(request: HttpRequest) -> set[int] | None:
    """Lines whose duties the reader is told of; None: all duties."""
    if Permission.ASSIGN_ROLES in request.principal.company_permissions:
        return None
    lines = allowed_lines(request.principal, Permission.ASSIGN_ROLES)
    return set(lines.values_list("pk", flat=True))


@require_POST
def person_remind(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remind a person the reader leads of what they owe on the reader's lines."""
    at = timezone.now()
    person = get_object_or_404(people_led(request.principal, at), public_id=public_id)
    told = _told_lines(request)
    owed = duties_of([person], at=at)[person.pk]
    try:
        is_new = remind_person(
            person,
            duties=owed if told is None else duties_on(owed, told),
            by=request.principal.actor,
            at=at,
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("team-duties")
    if is_new:
        messages.success(request, _("%(name)s was reminded.") % {"name": person})
    else:
        messages.info(request, _("%(name)s has been reminded today already.") % {"name": person})
    return redirect("team-duties")
