"""Request context: id, reason, caller, language and zone."""

import re
import zoneinfo
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from coe.models import uuid7
from coe.rules.principals import principal_of
from coe.services.history import change_message_var, request_id_var

GetResponse = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestContextMiddleware:
    """Gives each request an id (the caller's own when it is well-formed) and carries the reason of a change to the history."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.match(given) else str(uuid7())
        request.request_id = request_id  # type: ignore[attr-defined]  # the request carries it to templates and errors
        tokens = (
            request_id_var.set(request_id),
            change_message_var.set(request.headers.get("X-Change-Message", "")[:500]),
        )
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            request_id_var.reset(tokens[0])
            change_message_var.reset(tokens[1])
        response["X-Request-ID"] = request_id
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


class PreferencesMiddleware:
    """Activates the reader's language and time zone: the person's own, else the cookie's, else what the browser asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        language = cookie if cookie in known else translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]  # Django's own contract
            response = self.get_response(request)
            response.setdefault("Content-Language", translation.get_language() or "en")
        timezone.deactivate()
        return response


class PrincipalMiddleware:
    """Puts the caller on the request (read when first asked for) and turns the person's language and zone on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        lazy: Any = SimpleLazyObject(lambda: principal_of(request.user, timezone.now()))
        request.principal = lazy  # type: ignore[attr-defined]  # read by every door
        if "\x00" in request.path_info:
            # No record is called that, and PostgreSQL refuses even to look.
            raise Http404
        # Reading request.user costs the session and user queries that a logged-in page needs anyway; static and status pages skip it.
        if request.path.startswith(("/static/", "/status/", "/-/")) or "HTTP_AUTHORIZATION" in request.META:
            return self.get_response(request)
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        try:
            timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.activate(zoneinfo.ZoneInfo("UTC"))
        with translation.override(user.language if user.language in dict(settings.LANGUAGES) else "en"):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]  # Django's own contract
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            response["Content-Language"] = translation.get_language() or "en"
            # What one reader may see is for nobody's cache, and must not come back by the browser's Back after log-out.
            response.setdefault("Cache-Control", "private, no-store")
            return response
