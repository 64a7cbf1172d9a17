"""The change history in the reader's scope."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from coe.enums.roles import Permission
from coe.forms.tables import CursorPage, export_links
from coe.models import ChangeEvent
from coe.rules.scope import allowed_lines, require
from coe.selectors.saved import saved_views
from coe.selectors.told import tell

PER_PAGE = 50


@require_GET
def history_list(request: HttpRequest) -> HttpResponse:
    """Who changed what, newest first; of one record with `?object=`. Records of no line are told to the hub only."""
    principal = request.principal
    if not principal.holds_anywhere(Permission.VIEW_HISTORY):
        require(principal, Permission.VIEW_HISTORY)
    events = ChangeEvent.objects.order_by("-id")
    if Permission.VIEW_HISTORY not in principal.company_permissions:
        events = events.filter(line_id__in=allowed_lines(principal, Permission.VIEW_HISTORY).values("pk"))
    try:
        wanted = UUID(request.GET.get("object", ""))
    except ValueError:
        wanted = None
    if wanted:
        events = events.filter(object_id=wanted)
    cursor = request.GET.get("cursor", "")
    if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        events = events.filter(pk__lt=int(cursor))
    rows = list(events[: PER_PAGE + 1])
    page = CursorPage(rows[:PER_PAGE], next_cursor=str(rows[PER_PAGE - 1].pk) if len(rows) > PER_PAGE else "")
    label = rows[0].object_label if wanted and rows else ""
    context = {
        "events": tell(page.object_list),
        "page": page,
        "object_label": label,
        "saved": saved_views(request.user, page="history-list", path=request.path, query=request.GET),
        "save_url": reverse("saved-filter-create"),
        "exports": export_links(reverse("history-export"))
        if principal.holds_anywhere(Permission.EXPORT)
        else (),
    }
    return render(request, "coe/history/list.html", context)
