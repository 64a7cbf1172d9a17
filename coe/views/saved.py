"""Saved views: keep the filter of a list, forget it again."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coe.errors import DomainError
from coe.models import SavedFilter
from coe.services.saved import forget_view, save_view

PAGES = ("account-list", "person-list")


@require_POST
def saved_filter_create(request: HttpRequest) -> HttpResponse:
    """Keep the list the reader looks at."""
    try:
        page = resolve(request.POST.get("path", "")).url_name
    except Resolver404 as error:
        raise Http404 from error
    if page not in PAGES:
        raise Http404
    query = request.POST.get("query", "")
    try:
        view = save_view(
            owner=request.user, page=page, name=request.POST.get("name", ""), query=query, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("View “%(name)s” saved.") % {"name": view.name})
    return redirect(f"{reverse(page)}?{query}" if query else reverse(page))


@require_POST
def saved_filter_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget one of the reader's own views."""
    view = get_object_or_404(SavedFilter.objects.filter(owner=request.user), public_id=public_id)
    forget_view(view)
    messages.success(request, _("View “%(name)s” forgotten.") % {"name": view.name})
    return redirect(view.page)
