"""Saved views: keep the filter of a list, forget it again."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.forms.setup import ViewNameForm
from coe.models import SavedFilter
from coe.services.saved import forget_view, rename_view, save_view

PAGES = ("account-list", "person-list", "line-list", "metric-list", "import-list", "history-list")


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


@require_http_methods(["GET", "POST"])
def saved_filter_rename(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give one of the reader's own views another name."""
    view = get_object_or_404(SavedFilter.objects.filter(owner=request.user), public_id=public_id)
    form = ViewNameForm(request.POST or None, initial={"name": view.name})
    if form.is_bound and form.is_valid():
        try:
            rename_view(view, name=form.cleaned_data["name"], at=timezone.now())
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The view is now “%(name)s”.") % {"name": form.cleaned_data["name"]})
            return redirect(f"{reverse(view.page)}?{view.query}")
    context = {
        "form": form,
        "title": _("Rename %(handle)s") % {"handle": view.name},
        "submit": _("Rename the view"),
        "cancel_url": reverse(view.page),
        "crumbs": [],
    }
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)
