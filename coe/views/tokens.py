"""API tokens of the reader's lines: make, replace, revoke. The secret is shown once, in the answer to the post, and stored nowhere."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.forms.tokens import TokenForm
from coe.models import ServiceToken
from coe.rules.scope import allowed_lines, require
from coe.services.tokens import create_token, revoke_token, rotate_token


def _tokens(request: HttpRequest) -> QuerySet[ServiceToken]:
    lines = allowed_lines(request.principal, Permission.MANAGE_TOKENS)
    return ServiceToken.objects.filter(line__in=lines).select_related("line").order_by("-created_at", "-id")


def _page(
    request: HttpRequest, form: TokenForm | None, *, secret: str = "", secret_name: str = ""
) -> HttpResponse:
    now = timezone.now()
    tokens = [(token, token.is_usable(now)) for token in _tokens(request)[:200]]
    context = {"tokens": tokens, "form": form, "secret": secret, "secret_name": secret_name}
    return render(
        request, "coe/tokens/list.html", context, status=422 if form is not None and form.errors else 200
    )


def _form(request: HttpRequest, data: object = None) -> TokenForm | None:
    lines = allowed_lines(request.principal, Permission.MANAGE_TOKENS).filter(status="active")
    if not request.principal.holds_anywhere(Permission.MANAGE_TOKENS):
        return None
    return TokenForm(data, lines=lines, today=timezone.localdate())


@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """Tokens of the reader's lines; a post makes one and shows its secret once."""
    if request.method == "GET":
        return _page(request, _form(request))
    if not request.principal.holds_anywhere(Permission.MANAGE_TOKENS):
        require(request.principal, Permission.MANAGE_TOKENS)
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, form)
    line = form.cleaned_data["line"]
    require(request.principal, Permission.MANAGE_TOKENS, line.pk)
    until = dt.datetime.combine(
        form.cleaned_data["expires_on"], dt.time.max.replace(microsecond=0), timezone.get_current_timezone()
    )
    try:
        token, secret = create_token(
            line=line,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=until,
            by=request.principal.actor,
            at=timezone.now(),
        )
    except DomainError as error:
        blame(form, error)
        return _page(request, form)
    return _page(request, _form(request), secret=secret, secret_name=token.name)


@never_cache
@require_POST
def token_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Revoke a token at once, or replace it by a successor whose secret is shown once."""
    token = get_object_or_404(_tokens(request), public_id=public_id)
    require(request.principal, Permission.MANAGE_TOKENS, token.line_id)
    now = timezone.now()
    if request.POST.get("action") == "revoke":
        revoke_token(token, by=request.principal.actor, at=now)
        messages.success(
            request, _("Token %(name)s revoked. Whatever used it is locked out now.") % {"name": token.name}
        )
        return redirect("token-list")
    if request.POST.get("action") == "rotate":
        life = token.expires_at - token.created_at
        successor, secret = rotate_token(token, expires_at=now + life, by=request.principal.actor, at=now)
        return _page(request, _form(request), secret=secret, secret_name=successor.name)
    raise Http404
