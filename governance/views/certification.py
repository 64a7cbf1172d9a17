"""Certification on the web: the queue, an account's own page, certifying it, taking that back, looking at the platform."""

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
from coe.errors import DomainError, Stale
from coe.forms.refusals import blame
from coe.forms.tables import Column, Table, export_links
from coe.models import SocialAccount
from coe.rules.scope import allowed_lines, lines_in_scope, may, require_somewhere
from governance.enums.certification import STANDING_TONES, Standing
from governance.forms.certification import CertificationFilterForm, CertifyForm, CheckForm
from governance.models import AccountCertification, AccountCheck
from governance.rules.certification import may_certify, pre_checks, require_certify
from governance.selectors.certification import (
    certifiable_by,
    certifications_visible_to,
    due_of,
    known_of,
    reopened,
    with_standing,
)
from governance.selectors.certification_duties import changes_in_words
from governance.selectors.certification_lists import certification_rows, counts, narrow, told_rows
from governance.services.certification import certify_account, record_check, withdraw_certification
from governance.views.files import download

PER_PAGE = 50
COLUMNS = (
    Column("handle", gettext_lazy("Account"), ("handle_key",), fixed=True),
    Column("line", gettext_lazy("Line"), ("line__code_key", "handle_key")),
    Column("tier", gettext_lazy("Tier"), ("tier", "handle_key"), num=True),
    Column("owner", gettext_lazy("Primary owner"), ("primary_owner__name", "handle_key")),
    Column("standing", gettext_lazy("Certification"), ("standing", "handle_key")),
    Column("certified", gettext_lazy("Certified on"), ("certified_at", "handle_key")),
    Column("due", gettext_lazy("Due"), ("certified_due", "handle_key")),
    Column("looks", gettext_lazy("Looked at on")),
)
TONES = {standing.value: tone for standing, tone in STANDING_TONES.items()}


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The sections of certification."""
    pages = (("certification-list", _("Accounts")), ("certification-campaign-list", _("Campaigns")))
    return [{"label": label, "url": reverse(name), "current": name == current} for name, label in pages]


def _narrowed(
    request: HttpRequest, *, is_shown: bool
) -> tuple[CertificationFilterForm, QuerySet[SocialAccount]]:
    filters = CertificationFilterForm(
        request.GET, lines=lines_in_scope(request.principal).active(), is_shown=is_shown
    )
    rows = narrow(
        certifiable_by(request.principal),
        criteria=filters.criteria(),
        reader_id=request.user.pk,
        at=timezone.now(),
    )
    return filters, rows


def _table(request: HttpRequest) -> Table:
    return Table(
        id="certifications",
        label=_("Certification of accounts"),
        columns=COLUMNS,
        query=request.GET,
        row_template="governance/certification_row.html",
        default_sort="due",
        exports=export_links(reverse("certification-export"))
        if request.principal.holds_anywhere(Permission.EXPORT)
        else (),
        empty={
            "icon": "circle-check",
            "title": _("Nothing to certify"),
            "text": _("Every account that this list asks for is certified, or none matches the filter."),
            "actions": [{"label": _("All accounts"), "url": f"{reverse('certification-list')}?standing=any"}],
        },
    )


@require_GET
def certification_list(request: HttpRequest) -> HttpResponse:
    """Which accounts are to be certified, why and by when."""
    filters, rows = _narrowed(request, is_shown=True)
    table = _table(request)
    rows = rows.select_related("platform", "line", "primary_owner").order_by(*table.order_by, "id")
    table.page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    table.total = table.page.paginator.count
    table.page.object_list = told_rows(list(table.page.object_list))
    for row in table.page.object_list:
        _dress(row)
    found = counts(certifiable_by(request.principal), at=timezone.now())
    context = {"tabs": tabs(request, "certification-list"), "table": table, "filters": filters, **found}
    return render(request, "governance/certification_list.html", context)


def _dress(row: Any) -> None:
    """Words of the standing for a row or a panel."""
    row.tone, row.word = TONES[row.standing], Standing(row.standing).label
    row.due = due_of(certified_due=row.certified_due, live_since=row.state_since)
    if row.standing == Standing.REOPENED:
        row.due, row.reason = None, changes_in_words(row.change)


@require_GET
def certification_export(request: HttpRequest) -> StreamingHttpResponse:
    """The queue as it is filtered and sorted, of the lines the reader may export."""
    require_somewhere(request.principal, Permission.EXPORT)
    _filters, rows = _narrowed(request, is_shown=False)
    rows = rows.filter(line__in=allowed_lines(request.principal, Permission.EXPORT))
    found = certification_rows(rows.order_by(*_table(request).order_by, "id"))
    return download(found, name="certifications", form=request.GET.get("format", "csv"))


def _account(request: HttpRequest, public_id: UUID) -> SocialAccount:
    rows = with_standing(certifiable_by(request.principal), at=timezone.now())
    return get_object_or_404(
        rows.select_related("platform", "line", "primary_owner", "backup_owner"), public_id=public_id
    )


def _page(request: HttpRequest, account: Any, form: CheckForm | None = None) -> HttpResponse:
    principal = request.principal
    may_write = may_certify(principal, account)
    account.change = None
    if account.standing == Standing.REOPENED:
        account.change = reopened({account.public_id: account.certified_at}).get(account.public_id)
    _dress(account)
    given = list(AccountCertification.objects.filter(account=account).select_related("campaign")[:20])
    if form is None and may_write:
        form = CheckForm(initial={"checked_on": timezone.localdate()})
    context = {
        "account": account,
        "checks": pre_checks(account, known_of(account, at=timezone.now())),
        "given": given,
        "stands": next((one for one in given if one.ended_at is None), None),
        "looks": AccountCheck.objects.filter(account=account).select_related("checked_by")[:20],
        "check_form": form,
        "may_certify": may_write,
        "may_edit": may(principal, Permission.EDIT_ACCOUNT, account.line_id),
    }
    return render(
        request, "governance/account_certification.html", context, status=422 if form and form.errors else 200
    )


@require_GET
def account_certification(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How an account's certification stands, what is missing, who certified it and who looked at it."""
    return _page(request, _account(request, public_id))


@require_POST
def account_check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Record what the reader saw on the platform."""
    account = _account(request, public_id)
    require_certify(request.principal, account)
    form = CheckForm(request.POST)
    if form.is_valid():
        try:
            record_check(
                account,
                **form.cleaned_data,
                person=request.user,
                by=request.principal.actor,
                at=timezone.now(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("What you saw is recorded."))
            return redirect("account-certification", account.public_id)
    return _page(request, account, form)


@require_http_methods(["GET", "POST"])
def account_certify(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """First what the register must hold, each with the way to put it right; then the questions."""
    account = _account(request, public_id)
    require_certify(request.principal, account)
    form = CertifyForm(
        request.POST or None,
        initial={"custody_revision": account.custody_revision, "revision": account.revision},
    )
    is_stale = False
    if form.is_bound and form.is_valid():
        try:
            done = certify_account(
                account,
                person=request.user,
                answers=form.answers(),
                note=form.cleaned_data["note"],
                custody_revision=form.cleaned_data["custody_revision"],
                expected_revision=form.cleaned_data["revision"],
                by=request.principal.actor,
                at=timezone.now(),
            )
        except Stale:
            is_stale = True
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(
                request,
                _("%(handle)s is certified until %(day)s.")
                % {"handle": account.handle, "day": timezone.localtime(done.next_due_at).date()},
            )
            return redirect("account-certification", account.public_id)
    checks = pre_checks(account, known_of(account, at=timezone.now()))
    context = {
        "account": account,
        "form": form,
        "checks": checks,
        "wrong": [one for one in checks if one.blocks],
        "is_stale": is_stale,
        "may_edit": may(request.principal, Permission.EDIT_ACCOUNT, account.line_id),
    }
    status = 409 if is_stale else 422 if form.errors else 200
    return render(request, "governance/certify.html", context, status=status)


@require_POST
def certification_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a certification back, for a reason."""
    row = get_object_or_404(
        certifications_visible_to(request.principal).select_related("account"), public_id=public_id
    )
    require_certify(request.principal, row.account)
    try:
        withdraw_certification(
            row, by=request.principal.actor, at=timezone.now(), why=request.POST.get("reason", "")
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The certification is taken back; the account is to be certified again."))
    return redirect("account-certification", row.account.public_id)
