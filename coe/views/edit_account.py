"""Writing to one account: register, edit, move through its life, share, note."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.enums.accounts import HUB_ACTIONS, AccountAction
from coe.enums.roles import Permission
from coe.errors import DomainError, Stale
from coe.forms.accounts import AccountCreateForm, AccountForm, CoOwnersForm, JournalForm, RenameForm
from coe.forms.refusals import blame
from coe.models import BusinessLine, SocialAccount
from coe.rules.scope import accounts_in_scope, allowed_lines, lines_in_scope, people_to_name, require
from coe.services.accounts import create_account, edit_account, rename_handle, set_co_owners, transition
from coe.services.journal import add_note

PEOPLE_LISTED = 500


def _account(request: HttpRequest, public_id: UUID) -> SocialAccount:
    related = ("platform", "line", "primary_owner", "backup_owner", "emergency_contact")
    return get_object_or_404(
        accounts_in_scope(request.principal).select_related(*related), public_id=public_id
    )


def _people(request: HttpRequest) -> Any:
    return people_to_name(request.principal).filter(is_active=True)


@require_http_methods(["GET", "POST"])
def account_create(request: HttpRequest) -> HttpResponse:
    """Register an account from its address; the hub's approval follows."""
    principal = request.principal
    if not principal.holds_anywhere(Permission.REGISTER_ACCOUNT):
        require(principal, Permission.REGISTER_ACCOUNT)
    lines = allowed_lines(principal, Permission.REGISTER_ACCOUNT).filter(status="active")
    given = {
        "address": request.GET.get("address", ""),
        "line": lines.filter(code_key=request.GET.get("line", "").replace("\x00", "").casefold()).first(),
    }
    form = AccountCreateForm(request.POST or None, lines=lines, people=_people(request), initial=given)
    if form.is_bound and form.is_valid():
        try:
            account = create_account(
                **form.values(), by=principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(handle)s registered.") % {"handle": account.handle})
            return redirect(account)
    context = {"form": form, "people_known": _people(request)[:PEOPLE_LISTED]}
    return render(request, "coe/accounts/create.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def account_edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change an account; secrets are refused, and so is an edit of what somebody else changed meanwhile."""
    account = _account(request, public_id)
    require(request.principal, Permission.EDIT_ACCOUNT, account.line_id)
    lines = BusinessLine.objects.filter(pk=account.line_id) | allowed_lines(
        request.principal, Permission.EDIT_ACCOUNT
    ).filter(status="active")
    form = AccountForm(request.POST or None, account=account, lines=lines.distinct(), people=_people(request))
    stale = False
    if form.is_bound and form.is_valid():
        try:
            edit_account(
                account,
                changes=form.changes(),
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except Stale:
            stale = True
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Saved. Scores of the line follow within seconds."))
            return redirect(account)
    context = {
        "form": form,
        "account": account,
        "stale": stale,
        "people_known": _people(request)[:PEOPLE_LISTED],
    }
    return render(
        request, "coe/accounts/edit.html", context, status=409 if stale else 422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def account_rename(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell the hub that the account has another handle; the old one is kept in its history."""
    account = _account(request, public_id)
    require(request.principal, Permission.EDIT_ACCOUNT, account.line_id)
    form = RenameForm(request.POST or None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["handle"]
        where = {"url": given} if "/" in given else {"handle": given}
        try:
            rename_handle(
                account, **where, by=request.principal.actor, at=timezone.now(), why=form.cleaned_data["why"]
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The new handle is noted; the old one stays in the history."))
            return redirect(account)
    context = {
        "form": form,
        "title": _("Rename %(handle)s") % {"handle": account.handle},
        "submit": _("Note the new handle"),
        "cancel_url": account.get_absolute_url(),
        "crumbs": [(_("Accounts"), reverse("account-list")), (account.handle, account.get_absolute_url())],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_POST
def account_state(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Move an account to another state of its life."""
    account = _account(request, public_id)
    try:
        action = AccountAction(request.POST.get("action", ""))
    except ValueError as error:
        raise Http404 from error
    needed = Permission.APPROVE_ACCOUNT if action in HUB_ACTIONS else Permission.EDIT_ACCOUNT
    require(request.principal, needed, account.line_id)
    try:
        moved = transition(
            account,
            action=action,
            by=request.principal.actor,
            at=timezone.now(),
            why=request.POST.get("why", "")[:500],
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            _("%(handle)s is now: %(state)s.") % {"handle": moved.handle, "state": moved.get_state_display()},
        )
    return redirect(account)


@require_POST
def account_co_owners(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say which lines share an account. Co-owners outside the writer's sight stay as they are."""
    account = _account(request, public_id)
    require(request.principal, Permission.EDIT_ACCOUNT, account.line_id)
    seen = lines_in_scope(request.principal).filter(status="active")
    form = CoOwnersForm(request.POST, lines=seen, chosen=[])
    if not form.is_valid():
        messages.error(request, _("Choose lines from the list."))
        return redirect(account)
    unseen = BusinessLine.objects.filter(co_ownerships__account=account).exclude(pk__in=seen.values("pk"))
    try:
        set_co_owners(
            account,
            lines=[*form.cleaned_data["lines"], *unseen],
            by=request.principal.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Co-owning lines saved."))
    return redirect(account)


@require_POST
def account_journal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write a note in the account's journal."""
    account = _account(request, public_id)
    require(request.principal, Permission.COMMENT, account.line_id)
    form = JournalForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write a note of at most 5,000 characters."))
        return redirect(account)
    try:
        add_note(account, body=form.cleaned_data["body"], by=request.principal.actor, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Note added."))
    return redirect(f"{account.get_absolute_url()}#journal")
