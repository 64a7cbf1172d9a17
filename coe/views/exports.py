"""The register as a file: exactly the rows and the order that the list shows, all pages."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.forms.account_table import COLUMNS
from coe.forms.accounts import AccountFilterForm
from coe.forms.tables import Table
from coe.models import SocialAccount
from coe.rules.scope import account_tags_in_scope, accounts_in_scope, allowed_lines, lines_in_scope, require
from coe.selectors.account_lists import narrow_accounts

FIELDS = (
    "platform", "handle", "url", "platform_account_id", "display_name", "line", "state", "kind", "tier", "purpose", "audience", "languages",
    "primary_owner", "backup_owner", "emergency_contact", "publish_method", "custody_kind", "vault_reference", "recovery_email",
    "mfa_state", "mfa_method", "mfa_verified_on", "comment_policy_url", "is_regulated", "last_post_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """A file that hands each written row straight on."""

    def write(self, value: str) -> str:
        return value


def _cell(value: Any) -> str:
    """A value as text that no spreadsheet runs as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = (
        ", ".join(value)
        if isinstance(value, list)
        else value.isoformat()
        if hasattr(value, "isoformat")
        else str(value)
    )
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(account: SocialAccount) -> list[str]:
    people = {name: getattr(account, name) for name in ("primary_owner", "backup_owner", "emergency_contact")}
    values = {
        name: getattr(account, name)
        for name in FIELDS
        if name not in people and name not in ("platform", "line")
    }
    values |= {name: person.email if person else "" for name, person in people.items()}
    values |= {"platform": account.platform.code, "line": account.line.code}
    return [_cell(values[name]) for name in FIELDS]


@require_GET
def account_export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered register as CSV, of those lines the reader may export."""
    principal = request.principal
    if not principal.holds_anywhere(Permission.EXPORT):
        require(principal, Permission.EXPORT)
    filters = AccountFilterForm(
        request.GET, lines=lines_in_scope(principal).active(), tags=account_tags_in_scope(principal)
    )
    table = Table(
        id="accounts", label="", columns=COLUMNS, query=request.GET, row_template="", default_sort="handle"
    )
    accounts = narrow_accounts(
        accounts_in_scope(principal), criteria=filters.criteria(), reader_id=request.user.pk
    )
    accounts = accounts.filter(line__in=allowed_lines(principal, Permission.EXPORT)).order_by(
        *table.order_by, "id"
    )
    rows = accounts.select_related(
        "platform", "line", "primary_owner", "backup_owner", "emergency_contact"
    ).iterator(chunk_size=2000)
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(FIELDS)
        for account in rows:
            yield writer.writerow(_row(account))

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="accounts-{timezone.localdate()}.csv"'
    return answer
