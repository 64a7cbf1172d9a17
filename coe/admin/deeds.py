"""Actions of the admin's lists: each asks on a page of its own, with the reason, and calls one service a record, all or none."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _, ngettext

from coe.admin.base import HubAdmin, Said
from coe.enums.roles import Permission
from coe.errors import DomainError

AT_MOST = 100
Write = Callable[[Any, HttpRequest, Any, Said], Any]


def deed(label: str | Promise, *, right: Permission, needs_why: bool = False) -> Callable[[Write], Any]:
    """Make an action of a list out of `write(self, request, obj, said)`, which calls one service.

    The action asks first, on a page that names the chosen records and takes the reason; without JavaScript too. The first
    refusal undoes all of it and is told there. `right` is a permission on the company as a whole.
    """

    def wrap(write: Write) -> Any:
        def action(
            self: HubAdmin, request: HttpRequest, chosen: "models.QuerySet[Any]"
        ) -> HttpResponse | None:
            return _ask_or_do(self, request, chosen, write, label, needs_why)

        action.__name__, action.__doc__ = write.__name__, write.__doc__
        action.right = right  # type: ignore[attr-defined]  # read by `HubAdmin.get_actions`
        action.write = write  # type: ignore[attr-defined]  # read by the rule of the house on admins
        return admin.action(description=label)(action)  # type: ignore[arg-type]  # a lazy text is one

    return wrap


def _ask_or_do(
    found: HubAdmin,
    request: HttpRequest,
    chosen: "models.QuerySet[Any]",
    write: Write,
    label: str | Promise,
    needs_why: bool,
) -> HttpResponse | None:
    rows = list(chosen[: AT_MOST + 1])
    if len(rows) > AT_MOST:
        messages.error(request, _("Choose at most %(most)d at once.") % {"most": AT_MOST})
        return None
    refusal, why = "", request.POST.get("why", "").strip()[:500]
    if "confirmed" in request.POST:
        refusal = _("Say why.") if needs_why and not why else _done(found, request, rows, write, why)
        if not refusal:
            done = ngettext("%(action)s: %(n)d record.", "%(action)s: %(n)d records.", len(rows))
            messages.success(request, done % {"action": label, "n": len(rows)})
            return None
    context = {
        **found.admin_site.each_context(request),
        "title": label,
        "opts": found.opts,
        "rows": rows,
        "action": write.__name__,
        "checkbox": ACTION_CHECKBOX_NAME,
        "needs_why": needs_why,
        "why": why,
        "refusal": refusal,
    }
    return TemplateResponse(request, "admin/hub_confirm.html", context, status=422 if refusal else 200)


def _done(found: HubAdmin, request: HttpRequest, rows: list[Any], write: Write, why: str) -> str:
    """Do it to all rows; the first refusal in words, with none of it done, else nothing."""
    said = found.said(request, why)
    row: Any = None
    try:
        with transaction.atomic():
            for row in rows:
                write(found, request, row, said)
    except DomainError as error:
        return f"{row}: {error.message}"
    return ""
