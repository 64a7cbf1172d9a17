"""People: list, page, create, edit, leave and return, roles."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import LINE_ROLES, Permission, Role
from coe.errors import DomainError
from coe.forms.people import PersonFilterForm, PersonForm, RoleForm
from coe.forms.refusals import blame
from coe.forms.tables import Column, Table, export_links
from coe.models import ChangeEvent, User
from coe.rules.roles import (
    assignable_roles,
    may_assign,
    may_manage_person,
    require_assign,
    require_manage_person,
)
from coe.rules.scope import (
    accounts_in_scope,
    allowed_lines,
    lines_in_scope,
    may,
    people_in_scope,
    require,
    roles_in_scope,
)
from coe.selectors.people_lists import narrow_people
from coe.selectors.saved import saved_views
from coe.selectors.told import tell
from coe.services.people import (
    assign_role,
    create_person,
    edit_person,
    end_role,
)

PER_PAGE = 50
COLUMNS = (
    Column("name", gettext_lazy("Name"), ("name", "email"), fixed=True),
    Column("email", gettext_lazy("E-mail"), ("email",)),
    Column("roles", gettext_lazy("Roles")),
    Column("state", gettext_lazy("State"), ("is_active", "name")),
    Column("joined", gettext_lazy("Joined"), ("joined_on", "name"), spare=True),
)


@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    """People in the reader's scope with the roles they hold there."""
    principal, at = request.principal, timezone.now()
    filters = PersonFilterForm(request.GET, lines=lines_in_scope(principal).active())
    table = Table(
        id="people",
        label=_("People"),
        columns=COLUMNS,
        query=request.GET,
        row_template="coe/people/row.html",
        default_sort="name",
        flow=True,
        exports=export_links(reverse("people-export")) if principal.holds_anywhere(Permission.EXPORT) else (),
        empty={
            "icon": "users",
            "title": _("Nobody matches"),
            "text": _("Ask for less, or clear the filter."),
            "actions": [],
        },
    )
    people = narrow_people(
        people_in_scope(principal), criteria=filters.criteria(), roles=roles_in_scope(principal).current(at)
    )
    roles = Prefetch("role_assignments", queryset=roles_in_scope(principal).current(at), to_attr="roles_now")
    table.page = Paginator(people.prefetch_related(roles).order_by(*table.order_by, "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    table.total = table.page.paginator.count
    context = {
        "table": table,
        "filters": filters,
        "saved": saved_views(request.user, page="person-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
        "may_manage": principal.holds_anywhere(Permission.MANAGE_PEOPLE),
    }
    return render(request, "coe/people/list.html", context)


def _detail(request: HttpRequest, person: User, role_form: Any = None) -> HttpResponse:
    principal = request.principal
    roles = list(roles_in_scope(principal).filter(user=person).order_by("-valid_from", "-id"))
    giveable = _giveable(principal)
    now = timezone.now()
    lines = (
        set(allowed_lines(principal, Permission.ASSIGN_ROLES).values_list("pk", flat=True))
        if giveable
        else set()
    )
    for held in roles:
        is_open = held.valid_until is None or held.valid_until > now
        reach = (
            held.line_id in lines
            if held.line_id is not None
            else may_assign(principal, Role(held.role), None)
        )
        held.may_end = is_open and reach
    if role_form is None and giveable and person.is_active:
        role_form = _role_form(request, None)
    events = ()
    if may(principal, Permission.VIEW_HISTORY):
        events = ChangeEvent.objects.filter(object_id=person.public_id).order_by("-id")[:10]
    accounts = (
        accounts_in_scope(principal).registered().filter(Q(primary_owner=person) | Q(backup_owner=person))
    )
    context = {
        "person": person,
        "roles": roles,
        "role_form": role_form,
        "accounts": accounts.select_related("platform", "line")[:100],
        "history": tell(events),
        "may_manage": may_manage_person(principal, person, now),
        "facts": [
            {"label": _("E-mail"), "value": person.email},
            {"label": _("Job title"), "value": person.job_title},
            {"label": _("Language"), "value": dict(settings.LANGUAGES).get(person.language, person.language)},
            {"label": _("Time zone"), "value": person.time_zone},
            {"label": _("Joined on"), "value": person.joined_on},
            {"label": _("Left on"), "value": person.left_on, "missing": _("still here")},
        ],
    }
    return render(
        request, "coe/people/detail.html", context, status=422 if role_form and role_form.errors else 200
    )


def _giveable(principal: Any) -> list[Role]:
    """Roles the reader may give somewhere; the line is checked with the role when it is given."""
    line_roles = list(LINE_ROLES) if principal.holds_anywhere(Permission.ASSIGN_ROLES) else []
    return line_roles + assignable_roles(principal, None)


def _role_form(request: HttpRequest, data: Any) -> RoleForm:
    principal = request.principal
    return RoleForm(
        data,
        roles=_giveable(principal),
        lines=allowed_lines(principal, Permission.ASSIGN_ROLES).filter(status="active"),
    )


def _person(request: HttpRequest, public_id: UUID) -> User:
    return get_object_or_404(people_in_scope(request.principal), public_id=public_id)


@require_GET
def person_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person: roles, accounts, profile."""
    return _detail(request, _person(request, public_id))


@require_http_methods(["GET", "POST"])
def person_create(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    require(request.principal, Permission.MANAGE_PEOPLE)
    form = PersonForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            person = create_person(
                **form.values(), by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s added. Give the first role below.") % {"name": person})
            return redirect("person-detail", person.public_id)
    return _form_page(request, form, title=_("Add a person"), submit=_("Add the person"))


@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a person's data."""
    person = _person(request, public_id)
    require_manage_person(request.principal, person, timezone.now())
    form = PersonForm(request.POST or None, person=person)
    if form.is_bound and form.is_valid():
        try:
            edit_person(
                person,
                changes=form.changes(),
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s saved.") % {"name": person})
            return redirect("person-detail", person.public_id)
    return _form_page(
        request, form, title=_("Edit %(name)s") % {"name": person}, submit=_("Save the person"), person=person
    )


def _form_page(
    request: HttpRequest, form: Any, *, title: str, submit: str, person: User | None = None, **more: Any
) -> HttpResponse:
    crumbs = [(_("People"), reverse("person-list"))]
    if person:
        crumbs.append((str(person), reverse("person-detail", args=[person.public_id])))
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "cancel_url": crumbs[-1][1],
        "crumbs": crumbs,
        **more,
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_POST
def role_assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a person a role."""
    person = _person(request, public_id)
    form = _role_form(request, request.POST)
    if not form.is_valid():
        return _detail(request, person, form)
    role, line = Role(form.cleaned_data["role"]), form.cleaned_data["line"]
    if line is None and role in LINE_ROLES:
        form.add_error("line", _("This role is held on a line; choose one."))
        return _detail(request, person, form)
    require_assign(request.principal, role, line.pk if line else None)
    try:
        assign_role(
            person,
            role=role,
            line=line,
            note=form.cleaned_data["note"],
            by=request.principal.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        blame(form, error)
        return _detail(request, person, form)
    messages.success(
        request, _("%(name)s now holds the role %(role)s.") % {"name": person, "role": role.label}
    )
    return redirect("person-detail", person.public_id)


@require_POST
def role_end(request: HttpRequest, public_id: UUID, role_id: UUID) -> HttpResponse:
    """End a role now; the row stays in the history."""
    person = _person(request, public_id)
    held = get_object_or_404(roles_in_scope(request.principal).filter(user=person), public_id=role_id)
    require_assign(request.principal, Role(held.role), held.line_id)
    end_role(held, by=request.principal.actor, at=timezone.now())
    messages.success(request, _("Role ended."))
    return redirect("person-detail", person.public_id)
