"""The reader's own inbox."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_GET, require_POST

from coe.models import Notice
from coe.services.notices import mark_read

PER_PAGE = 50


@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """What the hub told the reader, newest first."""
    notices = Notice.objects.filter(user=request.user).order_by("-id")
    is_unread = request.GET.get("show") == "unread"
    if is_unread:
        notices = notices.filter(read_at__isnull=True)
    page = Paginator(notices, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "coe/profile/notices.html", {"page": page, "is_unread": is_unread})


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark everything in the reader's inbox as read."""
    count = mark_read(request.user, at=timezone.now())
    if count:
        words = ngettext("%(n)d notice marked as read.", "%(n)d notices marked as read.", count)
        messages.success(request, words % {"n": count})
    else:
        messages.info(request, _("Nothing was unread."))
    return redirect("notices")


@require_POST
def notice_open(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark one notice as read and go where it leads; a link away from the hub is not followed."""
    notice = get_object_or_404(Notice.objects.filter(user=request.user), public_id=public_id)
    mark_read(request.user, at=timezone.now(), only=notice.public_id)
    allowed = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(
        notice.url, allowed_hosts=allowed, require_https=request.is_secure()
    )
    return redirect(notice.url if safe else "notices")
