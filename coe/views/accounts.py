"""The register: list and bulk edit."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.account_table import COLUMNS, ROW_FIELDS
from coe.forms.accounts import AccountFilterForm, BulkEditForm
from coe.forms.refusals import blame
from coe.forms.tables import BulkAction, Table, export_links
from coe.models import SocialAccount
from coe.rules.scope import (
    account_tags_in_scope,
    accounts_in_scope,
    allowed_lines,
    lines_in_scope,
    people_to_name,
    require_somewhere,
)
from coe.selectors.account_lists import narrow_accounts
from coe.selectors.saved import saved_views
from coe.services.accounts import edit_accounts

PER_PAGE = 50


def _narrowed(request: HttpRequest, query: QueryDict) -> tuple[AccountFilterForm, QuerySet[SocialAccount]]:
    filters = AccountFilterForm(
        query,
        lines=lines_in_scope(request.principal).active(),
        tags=account_tags_in_scope(request.principal),
    )
    accounts = narrow_accounts(
        accounts_in_scope(request.principal), criteria=filters.criteria(), reader_id=request.user.pk
    )
    return filters, accounts


@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    """The register in the reader's scope, filtered, sorted, a page at a time."""
    principal = request.principal
    filters, accounts = _narrowed(request, request.GET)
    may_edit = principal.holds_anywhere(Permission.EDIT_ACCOUNT)
    table = Table(
        id="accounts",
        label=_("Accounts"),
        columns=COLUMNS,
        query=request.GET,
        row_template="coe/accounts/row.html",
        default_sort="handle",
        flow=True,
        bulk=(BulkAction("edit", _("Edit the ticked accounts")),) if may_edit else (),
        bulk_url=reverse("account-bulk"),
        exports=export_links(reverse("account-export"))
        if principal.holds_anywhere(Permission.EXPORT)
        else (),
        empty=_empty(request),
    )
    rows = accounts.select_related("platform", "line", "primary_owner", "backup_owner").only(*ROW_FIELDS)
    rows = rows.order_by(*table.order_by, "id")
    if not principal.sees_all:
        rows = rows.annotate(reads_line=Exists(lines_in_scope(principal).filter(pk=OuterRef("line"))))
    table.page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    table.total = table.page.paginator.count
    readable = {row.line_id for row in table.page if principal.sees_all or row.reads_line}
    context = {
        "table": table,
        "filters": filters,
        "saved": saved_views(request.user, page="account-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
        "readable_lines": readable,
        "may_register": principal.holds_anywhere(Permission.REGISTER_ACCOUNT),
        "may_import": principal.holds_anywhere(Permission.IMPORT),
    }
    return render(request, "coe/accounts/list.html", context)


def _empty(request: HttpRequest) -> dict[str, Any]:
    if request.GET:
        actions = [{"label": _("Clear the filter"), "url": request.path}]
        return {
            "icon": "filter-off",
            "title": _("No account matches"),
            "text": _("Ask for less, or clear the filter."),
            "actions": actions,
        }
    actions = [{"label": _("Register an account"), "url": reverse("account-create"), "primary": True}]
    return {
        "icon": "at",
        "title": _("The register is empty"),
        "text": _("Register the first account by its address, or import the list you have."),
        "actions": actions if request.principal.holds_anywhere(Permission.REGISTER_ACCOUNT) else [],
    }


@require_POST
def account_bulk(request: HttpRequest) -> HttpResponse:
    """Change many accounts at once: first what would change, then the change. Without ticks nothing happens."""
    principal = request.principal
    require_somewhere(principal, Permission.EDIT_ACCOUNT)
    query = QueryDict(request.POST.get("query", ""))
    lines = allowed_lines(principal, Permission.EDIT_ACCOUNT)
    if request.POST.get("all"):
        accounts = _narrowed(request, query)[1]
    else:
        accounts = accounts_in_scope(principal).filter(public_id__in=_uuids(request.POST.getlist("id")))
    accounts = accounts.filter(line__in=lines).order_by("handle_key", "id")
    back = f"{reverse('account-list')}?{query.urlencode()}"
    count = accounts.count()
    if not count:
        messages.error(request, _("No account chosen that you may edit. Tick at least one row."))
        return redirect(back)
    people = people_to_name(principal).filter(is_active=True)
    form = BulkEditForm(
        request.POST if request.POST.get("apply") else None, lines=lines.active(), people=people
    )
    if form.is_bound and form.is_valid():
        try:
            chosen = list(accounts.prefetch_related("tags"))
            edit_accounts(
                _pairs(chosen, form), by=principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(
                request, ngettext("%(n)d account changed.", "%(n)d accounts changed.", count) % {"n": count}
            )
            return redirect(back)
    context = {
        "form": form,
        "count": count,
        "sample": ", ".join(accounts.values_list("handle", flat=True)[:3]),
        "ids": request.POST.getlist("id"),
        "all_rows": bool(request.POST.get("all")),
        "query": query.urlencode(),
        "people_known": people[:500],
    }
    return render(request, "coe/accounts/bulk.html", context, status=422 if form.errors else 200)


def _pairs(accounts: list[SocialAccount], form: BulkEditForm) -> list[tuple[SocialAccount, dict[str, Any]]]:
    """Each account with its changes; tags are added to and taken from what it has."""
    changes, add, remove = form.changes(), form.cleaned_data["add_tags"], form.cleaned_data["remove_tags"]
    if not add and not remove:
        return [(account, changes) for account in accounts]
    gone = {name.casefold() for name in remove}
    return [
        (
            account,
            changes
            | {"tags": [tag.name for tag in account.tags.all() if tag.name.casefold() not in gone] + add},
        )
        for account in accounts
    ]


def _uuids(values: list[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found
