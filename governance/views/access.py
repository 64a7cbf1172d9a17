"""Access: the list, and who gets into one account, with what may be done about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
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
from coe.models import SocialAccount, User
from coe.rules.scope import accounts_in_scope, lines_in_scope, people_to_name, require_somewhere
from coe.selectors.saved import saved_views
from governance.enums.access import OPEN_GRANT_STATES, GrantReviewOutcome, GrantState, RevokeCause
from governance.forms.access import GrantFilterForm, GrantForm
from governance.models import AccessGrant
from governance.rules.access import may_grant, may_review, needs_two
from governance.selectors.access import grants_visible_to, narrow_grants
from governance.selectors.access_lists import grant_rows
from governance.services import grants as services
from governance.services.grant_reviews import confirm_review, review_grant

PER_PAGE = 50
COLUMNS = (
    Column("person", gettext_lazy("Person"), ("person__name", "-id"), fixed=True),
    Column("account", gettext_lazy("Account"), ("account__handle_key", "-id")),
    Column("line", gettext_lazy("Line"), ("account__line__name", "-id")),
    Column("level", gettext_lazy("Level"), ("level", "-id")),
    Column("state", gettext_lazy("State"), ("state", "-id")),
    Column("basis", gettext_lazy("Rests on"), ("basis", "-id"), spare=True),
    Column("review", gettext_lazy("Confirm by"), ("review_due_at", "-id")),
    Column("revoke", gettext_lazy("Take back by"), ("revoke_due_at", "-id")),
)
RELATED = ("person", "account__platform", "account__line", "requested_by", "granted_by")


def _table(request: HttpRequest, **more: Any) -> Table:
    return Table(
        id="access", label=_("Access"), columns=COLUMNS, query=request.GET, row_template="governance/access/row.html",
        default_sort="person", **more,
    )  # fmt: skip


def _narrowed(
    request: HttpRequest, *, is_shown: bool = True
) -> tuple[GrantFilterForm, QuerySet[AccessGrant]]:
    filters = GrantFilterForm(
        request.GET, lines=lines_in_scope(request.principal).active(), is_shown=is_shown
    )
    rows = narrow_grants(
        grants_visible_to(request.principal), criteria=filters.criteria(), reader_id=request.user.pk
    )
    return filters, rows


@require_GET
def access_list(request: HttpRequest) -> HttpResponse:
    """Who gets into which account of the reader's lines, and what the reader gets into themselves."""
    filters, rows = _narrowed(request)
    table = _table(
        request,
        exports=export_links(reverse("access-export"))
        if request.principal.holds_anywhere(Permission.EXPORT)
        else (),
        empty={
            "icon": "key",
            "title": _("No access matches") if filters.criteria() else _("No access is recorded"),
            "text": _("Access is given and asked for on the page of an account."),
            "actions": [{"label": _("Accounts"), "url": reverse("account-list")}],
        },
    )
    table.page = Paginator(rows.select_related(*RELATED).order_by(*table.order_by), PER_PAGE).get_page(
        request.GET.get("page")
    )
    table.total = table.page.paginator.count
    context = {
        "table": table,
        "filters": filters,
        "saved": saved_views(request.user, page="access-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
    }
    return render(request, "governance/access/list.html", context)


@require_GET
def access_export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as it is filtered and sorted, as a file."""
    require_somewhere(request.principal, Permission.EXPORT)
    rows = _narrowed(request, is_shown=False)[1]
    return file_answer(
        grant_rows(rows.order_by(*_table(request).order_by)),
        name="access",
        form=request.GET.get("format", "csv"),
    )


def _account(request: HttpRequest, public_id: UUID) -> SocialAccount:
    rows = accounts_in_scope(request.principal).select_related(
        "platform", "line", "primary_owner", "backup_owner"
    )
    return get_object_or_404(rows, public_id=public_id)


def _shown(request: HttpRequest, account: SocialAccount) -> list[dict[str, Any]]:
    """Each grant with what the reader may do about it."""
    rows = list(
        grants_visible_to(request.principal).filter(account=account, state__in=OPEN_GRANT_STATES)
        .select_related("person", "requested_by", "granted_by").prefetch_related("reviews")
        .order_by("person__name", "id")
    )  # fmt: skip
    gives, reviews, me = (
        may_grant(request.principal, account),
        may_review(request.principal, account),
        request.user.pk,
    )
    found = []
    for row in rows:
        said = max(row.reviews.all(), key=lambda one: (one.at, one.pk), default=None)
        waits = (
            said is not None and row.state == GrantState.ACTIVE and said.outcome == GrantReviewOutcome.KEEP
            and said.confirmed_at is None and needs_two(row.level, person_id=row.person_id, by_id=said.reviewer_id)
        )  # fmt: skip
        found.append({
            "row": row,
            "waits": waits,
            "may_give": gives and row.state == GrantState.REQUESTED and me != row.person_id and me != row.requested_by_id,
            "may_refuse": row.state == GrantState.REQUESTED and (gives or me in (row.person_id, row.requested_by_id)),
            "may_keep": reviews and row.state == GrantState.ACTIVE and not waits,
            "may_confirm": reviews and waits and me not in (row.person_id, said.reviewer_id if said else None),
            "may_ask_back": gives and row.state == GrantState.ACTIVE,
            "may_end": reviews and row.state in (GrantState.ACTIVE, GrantState.REVOKING),
        })  # fmt: skip
    return found


@require_http_methods(["GET", "POST"])
def account_access(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Who gets into the account; ask for access, or give it."""
    account, principal = _account(request, public_id), request.principal
    people = people_to_name(principal) | User.objects.filter(pk=request.user.pk)
    form = GrantForm(
        request.POST or None, people=people if may_grant(principal, account) else User.objects.filter(pk=request.user.pk),
        person="" if may_grant(principal, account) else request.user.email,
    )  # fmt: skip
    missing: Any = []
    if form.is_bound and form.is_valid():
        try:
            grant = services.request_access(
                **form.cleaned_data, account=account, by=principal.actor, at=timezone.now()
            )
        except DomainError as error:
            blame(form, error)
            missing = error.extra.get("courses", [])
        else:
            is_given = grant.state == GrantState.ACTIVE
            messages.success(
                request,
                _("Access is given.") if is_given else _("Asked for. A second person has to give it."),
            )
            return redirect("account-access", account.public_id)
    context = {
        "account": account, "grants": _shown(request, account), "form": form, "missing": missing,
        "people_known": people.filter(is_active=True).order_by("name", "email", "id").distinct()[:200],
    }  # fmt: skip
    return render(request, "governance/access/account.html", context, status=422 if form.errors else 200)


@require_POST
def grant_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give, refuse, keep, confirm, ask back, or say that it is revoked."""
    row = get_object_or_404(
        grants_visible_to(request.principal).select_related("account", "person"), public_id=public_id
    )
    action, note = request.POST.get("action", ""), request.POST.get("reason", "")
    said: dict[str, Any] = {"by": request.principal.actor, "at": timezone.now()}
    try:
        if action == "grant":
            services.grant_access(row, why=note, **said)
        elif action == "refuse":
            services.refuse_access(row, note=note, **said)
        elif action == "revoked":
            services.confirm_revoked(row, note=note, **said)
        elif action in GrantReviewOutcome.values:
            review_grant(row, outcome=action, note=note, **said)
        elif action == "confirm":
            review = row.reviews.order_by("-at", "-id").first()
            if review is None:
                raise Http404
            confirm_review(review, note=note, **said)
        elif action == "ask_back":
            if not may_grant(request.principal, row.account):
                raise NotAllowed()
            services.ask_back([row], cause=RevokeCause.ASKED, note=note, **said)
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, _("Access is changed."))
    return redirect("account-access", row.account.public_id)
