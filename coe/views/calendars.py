"""Working calendars: which there are, who works by them, and their hours and holidays."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.calendars import CalendarForm, blame_calendar
from coe.models import Organisation, WorkingCalendar
from coe.rules.scope import lines_in_scope, require
from coe.selectors.calendars import hours_by_day
from coe.services.calendars import create_calendar, edit_calendar, holidays_of, remove_calendar


@require_GET
def calendar_list(request: HttpRequest) -> HttpResponse:
    """Every calendar with the lines in the reader's scope that name it themselves."""
    seen = lines_in_scope(request.principal).active()
    uses = dict(
        seen.filter(calendar__isnull=False).order_by().values_list("calendar_id").annotate(total=Count("pk"))
    )
    company = Organisation.objects.filter(pk=1).values_list("calendar_id", flat=True).first()
    calendars = WorkingCalendar.objects.annotate(days_off=Count("holidays")).order_by("code")
    context = {
        "calendars": [(calendar, uses.get(calendar.pk, 0), calendar.pk == company) for calendar in calendars],
        "may_manage": Permission.MANAGE_LINES in request.principal.company_permissions,
    }
    return render(request, "coe/calendars/list.html", context)


@require_GET
def calendar_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A calendar's hours and holidays, and who works by it."""
    calendar = get_object_or_404(WorkingCalendar, public_id=public_id)
    today = timezone.localdate()
    days = holidays_of(calendar)
    context = {
        "calendar": calendar,
        "hours": hours_by_day(calendar),
        "holidays": [(on, name) for on, name in days.items() if on >= today],
        "past": sum(on < today for on in days),
        "lines": lines_in_scope(request.principal).active().filter(calendar=calendar)[:200],
        "is_companys": Organisation.objects.filter(calendar=calendar).exists(),
        "may_manage": Permission.MANAGE_LINES in request.principal.company_permissions,
    }
    return render(request, "coe/calendars/detail.html", context)


def _form_page(
    request: HttpRequest, form: CalendarForm, *, title: str, submit: str, cancel_url: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "cancel_url": cancel_url,
        "crumbs": [(_("Working calendars"), reverse("calendar-list"))],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def calendar_create(request: HttpRequest) -> HttpResponse:
    """Add a calendar."""
    require(request.principal, Permission.MANAGE_LINES)
    form = CalendarForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            calendar = create_calendar(
                **form.values(), by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame_calendar(form, error)
        else:
            messages.success(request, _("Calendar %(name)s added.") % {"name": calendar})
            return redirect("calendar-detail", calendar.public_id)
    return _form_page(
        request,
        form,
        title=_("New calendar"),
        submit=_("Add the calendar"),
        cancel_url=reverse("calendar-list"),
    )


@require_http_methods(["GET", "POST"])
def calendar_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change hours, holidays, name or zone of a calendar."""
    calendar = get_object_or_404(WorkingCalendar, public_id=public_id)
    require(request.principal, Permission.MANAGE_LINES)
    form = CalendarForm(request.POST or None, calendar=calendar, holidays=holidays_of(calendar))
    if form.is_bound and form.is_valid():
        try:
            edit_calendar(
                calendar,
                changes=form.values(),
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame_calendar(form, error)
        else:
            messages.success(request, _("Calendar %(name)s saved.") % {"name": calendar})
            return redirect("calendar-detail", calendar.public_id)
    return _form_page(
        request,
        form,
        title=_("Edit %(name)s") % {"name": calendar},
        submit=_("Save the calendar"),
        cancel_url=reverse("calendar-detail", args=[calendar.public_id]),
    )


@require_POST
def calendar_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a calendar away that nobody works by; otherwise say who does."""
    calendar = get_object_or_404(WorkingCalendar, public_id=public_id)
    require(request.principal, Permission.MANAGE_LINES)
    try:
        remove_calendar(calendar, by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("calendar-detail", public_id)
    messages.success(request, _("Calendar %(name)s removed.") % {"name": calendar})
    return redirect("calendar-list")
