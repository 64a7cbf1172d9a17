"""Exceptions: the list, one of them with its history, the request, the decision, and what else may become of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid, NotAllowed
from coe.forms.files import file_answer
from coe.forms.refusals import blame
from coe.forms.tables import Column, Table, export_links
from coe.models import ChangeEvent, User
from coe.rules.scope import (
    accounts_in_scope,
    allowed_lines,
    lines_in_scope,
    people_to_name,
    require_somewhere,
)
from coe.selectors.saved import saved_views
from coe.selectors.told import tell
from governance.enums.exceptions import PENDING_STATES, ExceptionState
from governance.forms.exceptions import (
    DecisionForm,
    EditExceptionForm,
    ExceptionFilterForm,
    ExceptionForm,
    ExtendForm,
)
from governance.models import PolicyException
from governance.rules.exceptions import is_party, may_decide, may_withdraw, require_decide, require_request
from governance.selectors.exception_lists import exception_rows
from governance.selectors.exceptions import (
    deciders,
    exceptions_visible_to,
    known_codes,
    narrow_exceptions,
    policies_to_except,
)
from governance.services import exceptions as services
from training.models import Course

PER_PAGE = 50
COLUMNS = (
    Column("title", gettext_lazy("Exception"), ("title", "-id"), fixed=True),
    Column("subject", gettext_lazy("From"), ("subject", "-id")),
    Column("line", gettext_lazy("Line"), ("line__name", "-id")),
    Column("requester", gettext_lazy("Requested by"), ("requester__name", "-id")),
    Column("approver", gettext_lazy("Approver"), ("approver__name", "-id")),
    Column("state", gettext_lazy("State"), ("state", "-id")),
    Column("requested", gettext_lazy("Requested"), ("requested_at", "-id"), spare=True),
    Column("ends", gettext_lazy("Ends"), ("expires_at", "-id")),
    Column("control", gettext_lazy("Compensating control"), spare=True),
)
RELATED = ("line", "person", "policy", "account__platform", "course", "requester", "approver")


def _table(request: HttpRequest, **more: Any) -> Table:
    return Table(
        id="exceptions", label=_("Exceptions"), columns=COLUMNS, query=request.GET,
        row_template="governance/exceptions/row.html", default_sort="ends", **more,
    )  # fmt: skip


def _narrowed(
    request: HttpRequest, *, is_shown: bool = True
) -> tuple[ExceptionFilterForm, QuerySet[PolicyException]]:
    filters = ExceptionFilterForm(
        request.GET, lines=lines_in_scope(request.principal).active(), is_shown=is_shown
    )
    rows = narrow_exceptions(
        exceptions_visible_to(request.principal),
        criteria=filters.criteria(),
        reader_id=request.user.pk,
        at=timezone.now(),
    )
    return filters, rows


@require_GET
def exception_list(request: HttpRequest) -> HttpResponse:
    """Every exception the reader may see, with who and why; those that wait or hold first of all."""
    filters, rows = _narrowed(request)
    is_narrowed = bool(filters.criteria())
    table = _table(
        request,
        exports=export_links(reverse("exception-export")) if request.principal.holds_anywhere(Permission.EXPORT) else (),
        empty={
            "icon": "scale",
            "title": _("No exception matches") if is_narrowed else _("No exception waits or holds"),
            "text": _("Ask for less, or clear the filter.")
            if is_narrowed
            else _("Who cannot keep to a policy for a while asks for an exception, with a reason and an end."),
            "actions": [] if is_narrowed else [{"label": _("Ask for an exception"), "url": reverse("exception-new"), "primary": True}],
        },
    )  # fmt: skip
    table.page = Paginator(rows.select_related(*RELATED).order_by(*table.order_by), PER_PAGE).get_page(
        request.GET.get("page")
    )
    table.total = table.page.paginator.count
    context = {
        "table": table,
        "filters": filters,
        "saved": saved_views(request.user, page="exception-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
        "now": timezone.now(),
    }
    return render(request, "governance/exceptions/list.html", context)


@require_GET
def exception_export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as it is filtered and sorted, as a file."""
    require_somewhere(request.principal, Permission.EXPORT)
    rows = _narrowed(request, is_shown=False)[1]
    found = exception_rows(rows.order_by(*_table(request).order_by))
    return file_answer(found, name="exceptions", form=request.GET.get("format", "csv"))


def _exception(request: HttpRequest, public_id: UUID) -> PolicyException:
    rows = exceptions_visible_to(request.principal).select_related(*RELATED, "version", "extends", "ended_by")
    return get_object_or_404(rows, public_id=public_id)


def _own(request: HttpRequest, public_id: UUID) -> PolicyException:
    """One the reader may change, withdraw, extend or close."""
    row = _exception(request, public_id)
    if not may_withdraw(request.principal, row):
        raise NotAllowed()
    return row


def _criterion(row: PolicyException) -> str:
    if not row.criterion:
        return ""
    title = known_codes([row.criterion]).get(row.criterion, "")
    return f"{row.criterion} · {title}" if title else row.criterion


def _context(request: HttpRequest, row: PolicyException) -> dict[str, Any]:
    principal = request.principal
    events = ChangeEvent.objects.filter(object_id=row.public_id).order_by("-id")[:50]
    mine, decides = may_withdraw(principal, row), may_decide(principal, row)
    is_pending = row.state in PENDING_STATES
    is_over = row.state in (ExceptionState.EXPIRED, ExceptionState.REVOKED)
    return {
        "exception": row,
        "criterion": _criterion(row),
        "history": tell(events, (row.line, row.person, row.policy, row.account, row.course, row.requester, row.approver)),
        "extensions": row.extensions.order_by("-requested_at"),
        "is_own": is_party(request.user.pk, row),
        "may_take_up": decides and is_pending and not (row.state == ExceptionState.IN_REVIEW and row.approver_id == request.user.pk),
        "may_decide": decides and row.state == ExceptionState.IN_REVIEW and row.approver_id == request.user.pk,
        "may_edit": mine and is_pending,
        "may_withdraw": mine and is_pending,
        "may_extend": mine and row.state in (ExceptionState.ACTIVE, ExceptionState.EXPIRED),
        "may_revoke": decides and row.state == ExceptionState.ACTIVE,
        "may_close": mine and (row.state == ExceptionState.ACTIVE or is_over),
        "acts": {one: {"action": one, "revision": row.revision} for one in ("take_up", "withdraw", "revoke", "close")},
    }  # fmt: skip


@require_GET
def exception_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is excused, for whom, why, what protects meanwhile, who decided, until when, and what happened to it."""
    row = _exception(request, public_id)
    return render(request, "governance/exceptions/detail.html", _context(request, row))


@require_http_methods(["GET", "POST"])
def exception_decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve or reject what one has read: the form carries its revision."""
    row = _exception(request, public_id)
    require_decide(request.principal, row)
    form = DecisionForm(request.POST or None, initial={"revision": row.revision})
    if form.is_bound and form.is_valid():
        clean = form.cleaned_data
        decide = services.approve_exception if clean["decision"] == "approve" else services.reject_exception
        try:
            decide(
                row,
                by=request.principal.actor,
                at=timezone.now(),
                expected_revision=clean["revision"],
                note=clean["note"],
            )
        except DomainError as error:
            if error.status == 403:
                raise
            blame(form, error)
        else:
            messages.success(request, _("The exception is decided."))
            return redirect(row)
    context = _context(request, row) | {"form": form}
    return render(request, "governance/exceptions/decide.html", context, status=422 if form.errors else 200)


@require_POST
def exception_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take up, withdraw, revoke or close."""
    action, note = request.POST.get("action", ""), request.POST.get("reason", "")
    revision = request.POST.get("revision", "")
    read = int(revision) if revision.isdecimal() and len(revision) < 10 else None
    said: dict[str, Any] = {"by": request.principal.actor, "at": timezone.now(), "expected_revision": read}
    row = _own(request, public_id) if action in ("withdraw", "close") else _exception(request, public_id)
    try:
        if action == "take_up":
            services.take_up(row, **said)
            messages.success(request, _("You decide it. Read it, then approve or reject."))
            return redirect("exception-decide", row.public_id)
        if action == "withdraw":
            services.withdraw_exception(row, why=note, **said)
        elif action == "revoke":
            services.revoke_exception(row, note=note, **said)
        elif action == "close":
            services.close_exception(row, note=note, **said)
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, _("The exception is changed."))
    return redirect(row)


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    """What the address fills in: links come from policies, criteria, accounts and courses."""
    names = ("policy", "clause", "criterion", "account", "course", "line", "person")
    known = {name: request.GET[name] for name in names if request.GET.get(name)}
    for subject in ("criterion", "course", "account", "policy"):
        if subject in known:
            return {"subject": subject, **known}
    return known


@require_http_methods(["GET", "POST"])
def exception_new(request: HttpRequest) -> HttpResponse:
    """Ask for an exception: for oneself, or for a line one may ask for."""
    principal, at = request.principal, timezone.now()
    people = people_to_name(principal) | User.objects.filter(pk=request.user.pk)
    may_ask = allowed_lines(principal, Permission.REQUEST_EXCEPTION)
    form = ExceptionForm(
        request.POST or None,
        lines=(may_ask | lines_in_scope(principal)).distinct().active().order_by("code_key"),
        people=people,
        policies=policies_to_except().order_by("code"),
        courses=Course.objects.offered().order_by("code_key"),
        accounts=accounts_in_scope(principal)
        .registered()
        .select_related("line", "platform")
        .order_by("handle_key"),
        approvers=deciders(at).exclude(pk=request.user.pk),
        initial=_prefilled(request) | ({} if may_ask.exists() else {"person": request.user.email}),
    )
    if form.is_bound and form.is_valid():
        values = form.values()
        line = values["account"].line if values["account"] else values["line"]
        try:
            require_request(principal, line=line, person=values["person"])
            row = services.request_exception(**values, by=principal.actor, at=at)
        except NotAllowed:
            form.add_error(
                "line",
                _("You may ask for yourself, or for a line you work for. Name yourself as the person."),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Asked for. Nothing is excused until somebody else has approved it."))
            return redirect(row)
    context = {
        "title": _("Ask for an exception"), "form": form, "submit": _("Ask for it"), "cancel_url": reverse("exception-list"),
        "crumbs": [(_("Exceptions"), reverse("exception-list"))],
        "intro": _("An exception has a reason, something that protects meanwhile, a person who decides, and an end."),
        "people_known": people.filter(is_active=True).order_by("name", "email", "id").distinct()[:200],
    }  # fmt: skip
    return render(request, "governance/exceptions/form.html", context, status=422 if form.errors else 200)


def _form_page(
    request: HttpRequest, row: PolicyException, form: Any, *, title: str, submit: str
) -> HttpResponse:
    context = {
        "title": title, "form": form, "submit": submit, "cancel_url": row.get_absolute_url(),
        "crumbs": [(_("Exceptions"), reverse("exception-list")), (row.title, row.get_absolute_url())],
    }  # fmt: skip
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def exception_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change what is asked for while nobody has decided."""
    row = _own(request, public_id)
    form = EditExceptionForm(request.POST or None, exception=row)
    if form.is_bound and form.is_valid():
        try:
            services.edit_exception(
                row, changes=form.changes(), by=request.principal.actor, at=timezone.now(),
                expected_revision=form.cleaned_data["revision"],
            )  # fmt: skip
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The exception is changed."))
            return redirect(row)
    return _form_page(request, row, form, title=_("Change the request"), submit=_("Save"))


@require_http_methods(["GET", "POST"])
def exception_extend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for a longer one, which goes through review like any other."""
    row, at = _own(request, public_id), timezone.now()
    form = ExtendForm(request.POST or None, exception=row, approvers=deciders(at).exclude(pk=request.user.pk))
    if form.is_bound and form.is_valid():
        try:
            longer = services.extend_exception(row, **form.cleaned_data, by=request.principal.actor, at=at)
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Asked for. Nothing is excused until somebody else has approved it."))
            return redirect(longer)
    return _form_page(request, row, form, title=_("Ask for an extension"), submit=_("Ask for it"))
