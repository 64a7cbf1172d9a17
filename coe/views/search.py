"""Search across everything in scope, and "is this account ours?"."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.rules.scope import accounts_in_scope
from coe.selectors.search import search_all as find
from coe.selectors.verify import Verdict, Verified, verify_url

ICONS = {
    "lines": "sitemap",
    "accounts": "at",
    "people": "user",
    "courses": "book",
    "curricula": "route",
    "policies": "file-text",
    "exceptions": "scale",
}


def _label(kind: str) -> str:
    known = {
        "lines": _("Lines"), "accounts": _("Accounts"), "people": _("People"), "metrics": _("Metrics"), "courses": _("Courses"),
        "policies": _("Policies"), "curricula": _("Curricula"), "exceptions": _("Exceptions"),
    }  # fmt: skip
    return known.get(kind, kind.replace("_", " ").capitalize())


@require_GET
def search_all(request: HttpRequest) -> HttpResponse:
    """Lines, accounts, people and what upper floors add, by words."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    groups = [
        {
            "label": _label(group.kind),
            "icon": ICONS.get(group.kind, "search"),
            "hits": group.hits,
            "has_more": group.has_more,
        }
        for group in find(request.principal, words)
    ]
    return render(request, "coe/search/search.html", {"words": words, "groups": groups})


@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Look an address up in the register; everybody who may log in may ask."""
    address = request.GET.get("url", "").replace("\x00", "").strip()[:500]
    answer = _answer(request, address, verify_url(address, timezone.now())) if address else None
    return render(request, "coe/search/verify.html", {"address": address, "answer": answer})


def _answer(request: HttpRequest, address: str, found: Verified) -> dict[str, Any]:
    names = {"handle": found.handle, "platform": found.platform}
    if found.account is not None:
        until = date_format(timezone.localtime(found.until), "DATE_FORMAT") if found.until else ""
        names |= {
            "account": found.account,
            "line": found.account.line,
            "state": found.account.get_state_display(),
            "until": until,
        }
    told = {
        Verdict.OURS: ("note-good", _("Yes, this is ours."), _("%(account)s on %(platform)s belongs to %(line)s.")),
        Verdict.CO_OWNED: (
            "note-good", _("Yes, this is ours."), _("%(account)s on %(platform)s belongs to %(line)s, which shares it with other lines.")
        ),
        Verdict.NOT_LIVE: (
            "note-care", _("It is in the register, but not live."), _("%(account)s of %(line)s is %(state)s since %(until)s.")
        ),
        Verdict.FORMER: (
            "note-bad", _("It was ours, and is not now."),
            _("%(account)s of %(line)s used the handle %(handle)s until %(until)s. Whoever has it now is not us: tell the hub."),
        ),
        Verdict.IMPOSTOR: (
            "note-bad", _("No, this is a known impostor."),
            _("%(handle)s on %(platform)s pretends to be us. Do not answer it and do not follow its links; the hub is on it."),
        ),
        Verdict.NOT_OURS: (
            "note-care", _("No, this is not ours."),
            _("%(handle)s on %(platform)s is somebody's own voice, such as protest or parody. Leave it alone."),
        ),
        Verdict.LEGACY: (
            "note-care", _("It is not ours any more."),
            _("%(handle)s on %(platform)s belonged to a former brand or company. Do not use it."),
        ),
        Verdict.UNKNOWN: (
            "note-bad", _("Not in the register."),
            _("%(handle)s on %(platform)s is unknown: an impostor, or an account that nobody registered."),
        ),
        Verdict.UNREADABLE: ("note-care", _("This is no address the hub can read."), _("Paste the whole address of the profile.")),
    }  # fmt: skip
    tone, title, text = told[found.verdict]
    answer = {"tone": tone, "title": title, "text": text % names, "url": "", "url_label": ""}
    if (
        found.account is not None
        and accounts_in_scope(request.principal).filter(pk=found.account.pk).exists()
    ):
        answer |= {"url": found.account.get_absolute_url(), "url_label": _("Open the account")}
    elif found.verdict == Verdict.UNKNOWN and request.principal.holds_anywhere(Permission.REGISTER_ACCOUNT):
        answer |= {
            "url": f"{reverse('account-create')}?address={quote(address, safe='')}",
            "url_label": _("Register it"),
        }
    return answer
