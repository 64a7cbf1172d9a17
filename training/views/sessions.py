"""Sessions: the calendar, one of them with its seats, and its file for a calendar program."""

import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from icalendar import Calendar, Event

from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid
from coe.forms.refusals import blame
from coe.models import User
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, offered_to, people_to_name, require
from training.enums.training import SeatState
from training.forms.sessions import RatingForm, SessionForm
from training.models import Seat, Session
from training.rules.sessions import may_run, require_run
from training.selectors.learning import coming_sessions
from training.services.seats import book_seat, cancel_seat, mark_attendance, rate_seat
from training.services.sessions import call_off_session, edit_session, plan_session
from training.views.learning import tabs

PER_PAGE = 50


def _visible(request: HttpRequest) -> Any:
    return offered_to(Session.objects.all(), request.principal)


def _session(request: HttpRequest, public_id: UUID) -> Session:
    return get_object_or_404(
        _visible(request).select_related("course", "line", "trainer"), public_id=public_id
    )


@require_GET
def session_list(request: HttpRequest) -> HttpResponse:
    """What is planned, by day."""
    at = timezone.now()
    page = Paginator(coming_sessions(_visible(request), at=at), PER_PAGE).get_page(request.GET.get("page"))
    mine = dict(
        Seat.objects.filter(user=request.user, session__in=[one.pk for one in page.object_list])
        .exclude(state=SeatState.CANCELLED)
        .values_list("session_id", "state")
    )
    days: dict[dt.date, list[tuple[Session, str]]] = {}
    for one in page.object_list:
        label = SeatState(mine[one.pk]).label if one.pk in mine else ""
        days.setdefault(timezone.localtime(one.starts_at).date(), []).append((one, label))
    context = {
        "tabs": tabs(request, "session-list"),
        "page": page,
        "days": days,
        "may_plan": request.principal.holds_anywhere(Permission.RECORD_TRAINING),
    }
    return render(request, "training/session_list.html", context)


def _detail(request: HttpRequest, session: Session, rating: RatingForm | None = None) -> HttpResponse:
    at, runs = timezone.now(), may_run(request.principal, session)
    seats = list(Seat.objects.filter(session=session).select_related("user").order_by("booked_at", "id"))
    mine = next((seat for seat in seats if seat.user_id == request.user.pk), None)
    taken = sum(seat.state in (SeatState.BOOKED, SeatState.ATTENDED) for seat in seats)
    rated = [seat.rating for seat in seats if seat.rating]
    if rating is None and mine is not None and mine.state == SeatState.ATTENDED:
        rating = RatingForm(initial={"rating": mine.rating, "comment": mine.comment})
    context = {
        "session": session,
        "zone_start": session.starts_at.astimezone(ZoneInfo(session.time_zone)),
        "zone_end": session.ends_at.astimezone(ZoneInfo(session.time_zone)),
        "mine": mine,
        "holds": mine is not None and mine.state in (SeatState.BOOKED, SeatState.WAITING),
        "is_open": session.cancelled_at is None and session.starts_at > at,
        "has_begun": session.cancelled_at is None and session.starts_at <= at,
        "taken": taken,
        "waiting": sum(seat.state == SeatState.WAITING for seat in seats),
        "seats": [seat for seat in seats if seat.state != SeatState.CANCELLED] if runs else [],
        "may_run": runs,
        "rating": rating,
        "call_off": {"action": "call_off"},
        "average": sum(rated) / len(rated) if rated else None,
        "rated": len(rated),
    }
    return render(
        request, "training/session_detail.html", context, status=422 if rating and rating.errors else 200
    )


@require_GET
def session_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One session; whoever runs it sees its people."""
    return _detail(request, _session(request, public_id))


@require_GET
def session_calendar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The session as a file that calendar programs open (RFC 5545)."""
    session = _session(request, public_id)
    url = request.build_absolute_uri(reverse("session-detail", args=[session.public_id]))
    event = Event()
    event.add("uid", f"{session.public_id}@coe-hub")
    event.add("dtstamp", session.updated_at.astimezone(dt.UTC))
    event.add("dtstart", session.starts_at.astimezone(dt.UTC))
    event.add("dtend", session.ends_at.astimezone(dt.UTC))
    event.add("summary", session.course.title)
    event.add("location", session.place or session.link)
    event.add("description", "\n".join(filter(None, [session.note, session.link, url])))
    event.add("url", url)
    event.add("sequence", session.revision)
    event.add("status", "CANCELLED" if session.cancelled_at else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//COE Hub//Training//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    answer = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{session.course.code}.ics"'
    return answer


def _people(principal: Principal, session: Session | None) -> QuerySet[User]:
    """Whom one may name as trainer: people one sees, and whoever trains this session already."""
    people = people_to_name(principal)
    return people | User.objects.filter(pk=session.trainer_id) if session and session.trainer_id else people


def _form(request: HttpRequest, session: Session | None = None) -> SessionForm:
    principal = request.principal
    return SessionForm(
        request.POST or None,
        lines=allowed_lines(principal, Permission.RECORD_TRAINING).filter(status="active"),
        people=_people(principal, session),
        zone=request.user.time_zone,
        session=session,
        must_choose_line=Permission.RECORD_TRAINING not in principal.company_permissions,
        course=request.GET.get("course", ""),
    )


def _form_page(
    request: HttpRequest, form: SessionForm, *, title: str, submit: str, back: str
) -> HttpResponse:
    context = {
        "title": title, "form": form, "submit": submit, "cancel_url": back,
        "crumbs": [(_("Sessions"), reverse("session-list"))],
        "people_known": people_to_name(request.principal).filter(is_active=True).order_by("name", "email", "id")[:200],
    }  # fmt: skip
    return render(request, "training/session_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def session_create(request: HttpRequest) -> HttpResponse:
    """Plan a session for a line, or (the hub) for the whole company."""
    if not request.principal.holds_anywhere(Permission.RECORD_TRAINING):
        require(request.principal, Permission.RECORD_TRAINING)
    form = _form(request)
    if form.is_bound and form.is_valid():
        line = form.cleaned_data["line"]
        require(request.principal, Permission.RECORD_TRAINING, line.pk if line else None)
        try:
            session = plan_session(
                form.cleaned_data["course"],
                line=line,
                by=request.principal.actor,
                at=timezone.now(),
                **form.values(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The session is planned."))
            return redirect("session-detail", session.public_id)
    return _form_page(
        request, form, title=_("Plan a session"), submit=_("Plan the session"), back=reverse("session-list")
    )


@require_http_methods(["GET", "POST"])
def session_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a session."""
    session = _session(request, public_id)
    require_run(request.principal, session)
    form = _form(request, session)
    if form.is_bound and form.is_valid():
        try:
            edit_session(
                session, changes=form.values(), by=request.principal.actor, at=timezone.now(),
                expected_revision=form.cleaned_data["revision"],
            )  # fmt: skip
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The session is changed."))
            return redirect("session-detail", session.public_id)
    return _form_page(
        request, form, title=_("Change the session"), submit=_("Save"),
        back=reverse("session-detail", args=[session.public_id]),
    )  # fmt: skip


@require_POST
def session_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Book or give back my seat; call the session off."""
    session, by, at = _session(request, public_id), request.principal.actor, timezone.now()
    action = request.POST.get("action", "")
    try:
        if action == "book":
            seat = book_seat(session, person=request.user, by=by, at=at)
            done = (
                _("Your seat is booked.")
                if seat.state == SeatState.BOOKED
                else _("You are on the waiting list.")
            )
        elif action == "cancel":
            cancel_seat(get_object_or_404(Seat, session=session, user=request.user), by=by, at=at)
            done = _("Your seat is given back.")
        elif action == "call_off":
            require_run(request.principal, session)
            call_off_session(session, by=by, at=at, why=request.POST.get("reason", ""))
            done = _("The session is called off.")
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("session-detail", session.public_id)


@require_POST
def session_attendance(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note who came: the ticked did, everybody else who held a seat did not."""
    session = _session(request, public_id)
    require_run(request.principal, session)
    came = set(request.POST.getlist("came"))
    held = Seat.objects.filter(session=session).exclude(state__in=(SeatState.CANCELLED, SeatState.WAITING))
    people = User.objects.filter(pk__in=held.values("user_id")).values_list("pk", "public_id")
    try:
        changed = mark_attendance(
            session, attended={pk: str(key) in came for pk, key in people}, by=request.principal.actor,
            at=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Attendance is noted; %(count)d seats changed.") % {"count": changed})
    return redirect("session-detail", session.public_id)


@require_POST
def session_rate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rate a session I attended."""
    session = _session(request, public_id)
    seat = get_object_or_404(Seat, session=session, user=request.user)
    form = RatingForm(request.POST)
    if form.is_valid():
        try:
            rate_seat(seat, by=request.principal.actor, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Thank you. Your rating is kept."))
            return redirect("session-detail", session.public_id)
    return _detail(request, session, form)
