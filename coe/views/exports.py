"""Lists as files: exactly the rows and the order that the list shows, all pages, as CSV, XLSX or JSON, streamed.

The columns are those of the import, so what was exported comes back as all unchanged. Only lines on which the reader may export count.
"""

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.forms.account_table import COLUMNS as ACCOUNT_TABLE
from coe.forms.accounts import AccountFilterForm
from coe.forms.files import file_answer
from coe.forms.people import PersonFilterForm
from coe.forms.tables import Table
from coe.rules.scope import (
    account_tags_in_scope,
    accounts_in_scope,
    allowed_lines,
    lines_in_scope,
    people_in_scope,
    require_somewhere,
    roles_in_scope,
)
from coe.selectors.account_lists import narrow_accounts
from coe.selectors.changes import changes_in_scope, of_object
from coe.selectors.exports import account_rows, history_rows, people_rows
from coe.selectors.people_lists import narrow_people
from coe.views.people import COLUMNS as PEOPLE_TABLE


@require_GET
def account_export(request: HttpRequest) -> StreamingHttpResponse:
    """The register of accounts as it is filtered and sorted."""
    require_somewhere(request.principal, Permission.EXPORT)
    principal = request.principal
    filters = AccountFilterForm(
        request.GET,
        lines=lines_in_scope(principal).active(),
        tags=account_tags_in_scope(principal),
        is_shown=False,
    )
    table = Table(
        id="accounts",
        label="",
        columns=ACCOUNT_TABLE,
        query=request.GET,
        row_template="",
        default_sort="handle",
    )
    accounts = narrow_accounts(
        accounts_in_scope(principal), criteria=filters.criteria(), reader_id=request.user.pk
    )
    accounts = accounts.filter(line__in=allowed_lines(principal, Permission.EXPORT))
    found = account_rows(accounts.order_by(*table.order_by, "id"), principal)
    return file_answer(found, name="accounts", form=request.GET.get("format", "csv"))


@require_GET
def people_export(request: HttpRequest) -> StreamingHttpResponse:
    """People as they are filtered and sorted, one row for each role."""
    require_somewhere(request.principal, Permission.EXPORT)
    principal = request.principal
    filters = PersonFilterForm(request.GET, lines=lines_in_scope(principal).active(), is_shown=False)
    table = Table(
        id="people", label="", columns=PEOPLE_TABLE, query=request.GET, row_template="", default_sort="name"
    )
    roles = roles_in_scope(principal).current(timezone.now())
    people = narrow_people(people_in_scope(principal), criteria=filters.criteria(), roles=roles)
    found = people_rows(people.order_by(*table.order_by, "id"), principal)
    return file_answer(found, name="people", form=request.GET.get("format", "csv"))


@require_GET
def history_export(request: HttpRequest) -> StreamingHttpResponse:
    """The changes that the history page lists, newest first; of one record with `?object=`."""
    require_somewhere(request.principal, Permission.EXPORT)
    require_somewhere(request.principal, Permission.VIEW_HISTORY)
    events = of_object(changes_in_scope(request.principal), request.GET.get("object", ""))
    return file_answer(
        history_rows(events.order_by("-id")), name="history", form=request.GET.get("format", "csv")
    )
