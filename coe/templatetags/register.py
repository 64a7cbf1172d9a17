"""Rows of the register of accounts. Written by string, not by template: a page draws fifty of them, and walking a template of
thirty nodes for each was half of what the page cost."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from coe.enums.accounts import AccountKind, AccountState, MfaState
from coe.forms.tables import Table
from coe.models import SocialAccount, User
from coe.templatetags.badges import status
from coe.templatetags.lists import select_td
from coe.templatetags.words import moment

STATES = {
    "active": ("good", "circle-check"),
    "compromised": ("bad", "flame"),
    "suspended": ("bad", "player-pause"),
    "requested": ("care", "hourglass"),
    "approved": ("care", "hourglass"),
    "dormant": ("care", "zzz"),
    "closing": ("care", "archive"),
}
SECOND_FACTOR = {"on": ("good", "shield-check"), "off": ("bad", "shield-off")}


def account_state(account: SocialAccount) -> SafeString:
    """The state of an account as a pill."""
    tone, glyph = STATES.get(account.state, ("void", ""))
    return status(tone, str(AccountState(account.state).label), glyph)


def account_mfa(account: SocialAccount) -> SafeString:
    """What is known of an account's second factor, as a pill."""
    tone, glyph = SECOND_FACTOR.get(account.mfa_state, ("void", "question-mark"))
    return status(tone, str(MfaState(account.mfa_state).label), glyph)


# A page names few lines many times, and resolving an address costs more than the cell around it.
@lru_cache(maxsize=4096)
def _line_url(code: str) -> str:
    return escape(reverse("line-detail", args=[code]))


def _person(person: User | None) -> str:
    # Words stand outside the f-strings: the tool that collects them does not look inside.
    if person is None:
        nobody = gettext("nobody yet")
        return f'<span class="muted">{escape(nobody)}</span>'
    if person.is_active:
        return str(escape(str(person)))
    left = gettext("left")
    return f"{escape(str(person))} {status('bad', left, 'user-off')}"


def account_row(row: SocialAccount, table: Table, readable_lines: Collection[int]) -> SafeString:
    """One ``<tr>`` of the register in the columns that ``table`` shows; a line leads to its page when it is in
    ``readable_lines`` (ids)."""
    shows, handle = table.shows, escape(row.handle)
    cells = [select_td(row.public_id, row.handle)] if table.bulk else []
    # On a phone there is no heading above a cell, so those that do not speak for themselves carry it along.
    told = {column.key: f' data-label="{escape(column.label)}"' for column in table.columns}
    named = row.display_name and row.display_name != row.handle
    name = f'<br><span class="xs muted fw-normal">{escape(row.display_name)}</span>' if named else ""
    cells.append(f'<th scope="row"><a href="{escape(row.get_absolute_url())}">{handle}</a>{name}</th>')
    if shows["platform"]:
        cells.append(f"<td>{escape(row.platform.name)}</td>")
    if shows["line"]:
        line = escape(row.line.name)
        if row.line_id in readable_lines:
            line = f'<a href="{_line_url(row.line.code)}">{line}</a>'
        cells.append(f"<td>{line}</td>")
    if shows["state"]:
        cells.append(f"<td>{account_state(row)}</td>")
    if shows["tier"]:
        cells.append(f'<td class="num"{told["tier"]}>{int(row.tier)}</td>')
    if shows["kind"]:
        cells.append(f"<td>{escape(str(AccountKind(row.kind).label))}</td>")
    if shows["owner"]:
        cells.append(f"<td{told['owner']}>{_person(row.primary_owner)}</td>")
    if shows["backup"]:
        cells.append(f"<td{told['backup']}>{_person(row.backup_owner)}</td>")
    if shows["mfa"]:
        cells.append(f"<td{told['mfa']}>{account_mfa(row)}</td>")
    if shows["last_post"]:
        cells.append(f'<td class="nw"{told["last_post"]}>{moment(row.last_post_at)}</td>')
    if shows["updated"]:
        cells.append(f'<td class="nw"{told["updated"]}>{moment(row.updated_at)}</td>')
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308 - every value is escaped above or by the tags that drew it
