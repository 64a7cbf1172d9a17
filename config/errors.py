"""Turns refusals into answers: RFC 9457 for the API, a page with a remedy for people."""

from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _, gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from coe.errors import DomainError, Duplicate

PROBLEM_JSON = "application/problem+json"


def _pointer(path: str) -> str:
    if not path or path.startswith("/"):
        return path  # a pointer already: its keys may hold dots
    return "/" + path.replace(".", "/")


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            row
            for key, value in detail.items()
            for row in _flatten(value, f"{path}/{key}" if key != "non_field_errors" else path)
        ]
    if isinstance(detail, list | tuple):
        nested = [value for value in detail if isinstance(value, dict | list | tuple)]
        if nested:
            return [row for index, value in enumerate(detail) for row in _flatten(value, f"{path}/{index}")]
        return [row for value in detail for row in _flatten(value, path)]
    return [{"pointer": path, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}]


_TITLES = {
    400: gettext_lazy("The request cannot be read"),
    401: gettext_lazy("The caller is not known"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("The method is not for this address"),
    406: gettext_lazy("The media type is not offered"),
    409: gettext_lazy("Refused as things stand"),
    412: gettext_lazy("Changed since it was read"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Another media type is needed"),
    422: gettext_lazy("The input is not valid"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Internal error"),
    503: gettext_lazy("The hub is busy"),
}


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """An `application/problem+json` answer. The title is the same for every problem of a status; the detail says what to do."""
    body = {
        "type": f"https://coe-hub.example/problems/{code}",
        "title": str(_TITLES.get(status, detail)),
        "status": status,
        "detail": detail,
        **more,
    }
    response = Response(body, status=status)
    response["Content-Type"] = PROBLEM_JSON
    response.content_type = PROBLEM_JSON
    return response


def met(error: IntegrityError) -> Duplicate | None:
    """The refusal that a unique index stands for: two callers stored the same at once, and neither could see the other's when asked.

    Every other constraint that breaks is a fault of ours.
    """
    is_unique = getattr(error.__cause__, "pgcode", "") == "23505" or "UNIQUE constraint failed" in str(error)
    text = _("Somebody stored the same a moment ago. Look at it before you send yours again.")
    return Duplicate(text) if is_unique else None


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal in one shape."""
    request_id = getattr(context.get("request"), "request_id", "")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, ValidationError):
        error = exceptions.ValidationError(
            error.message_dict if hasattr(error, "error_dict") else error.messages
        )
    if isinstance(error, IntegrityError) and (refusal := met(error)):
        set_rollback()
        error = refusal
    if isinstance(error, DomainError):
        errors = [
            {
                "pointer": (f"/{p.row}" if p.row is not None else "") + _pointer(p.field),
                "code": p.code,
                "detail": p.message,
            }
            for p in error.problems
        ]
        return problem(
            error.status, error.code, error.message, errors=errors, request_id=request_id, **error.extra
        )
    if isinstance(error, exceptions.ValidationError):
        return problem(
            400, "invalid", _("The input is not valid."), errors=_flatten(error.detail), request_id=request_id
        )
    if isinstance(error, OperationalError):
        # The database is locked (SQLite has one writer, and an import may hold it for seconds) or away: ask again.
        set_rollback()
        text = _("The hub is busy. Ask again in a moment.")
        answer = problem(503, "busy", text, request_id=request_id)
        answer["Retry-After"] = "2"
        return answer
    if isinstance(error, exceptions.APIException):
        text = _remedy(error, context.get("view")) or str(error.detail)
        answer = problem(error.status_code, str(error.default_code), text, request_id=request_id)
        if getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = error.auth_header
        if getattr(error, "wait", None):
            answer["Retry-After"] = str(int(error.wait))
        return answer
    return None


def _remedy(error: exceptions.APIException, view: Any) -> str:
    """What to do about a refusal of the framework whose own words say only what is wrong."""
    if isinstance(error, exceptions.NotAuthenticated):
        return _("Send a token as “Authorization: Bearer coe_…”, or sign in.")
    if isinstance(error, exceptions.UnsupportedMediaType):
        offered = ", ".join(parser.media_type for parser in getattr(view, "parser_classes", ()))
        return _("Send the body as %(types)s and say so in Content-Type.") % {"types": offered}
    if isinstance(error, exceptions.NotAcceptable):
        return _("Ask for application/json in Accept, or leave the header away.")
    return ""


class DomainErrorMiddleware:
    """Shows a refusal that a page did not handle itself, with the status it stands for."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render `errors/<status>.html` for a DomainError of a page."""
        if isinstance(error, IntegrityError):
            error = met(error) or error
        if not isinstance(error, DomainError) or request.path.startswith("/api/"):
            return None
        if error.status == 404:
            return render(request, "errors/404.html", status=404)
        template = "errors/403.html" if error.status == 403 else "errors/409.html"
        return render(
            request,
            template,
            {"error": error, "message": error.message, "problems": error.problems},
            status=error.status,
        )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that Django itself refuses, such as a form with too many fields."""
    if request.path.startswith("/api/"):
        text = _("The request cannot be read.")
        answer = problem(400, "bad_request", text, request_id=getattr(request, "request_id", ""))
        return HttpResponse(_json(answer.data), status=400, content_type=PROBLEM_JSON)
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "errors/403.html", {"message": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: also what lies outside the reader's scope."""
    if request.path.startswith("/api/"):
        answer = problem(404, "not_found", _("Not found."), request_id=getattr(request, "request_id", ""))
        return HttpResponse(_json(answer.data), status=404, content_type=PROBLEM_JSON)
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a static page, since whatever broke may be what a template needs."""
    if request.path.startswith("/api/"):
        answer = problem(
            500, "server_error", "Internal error.", request_id=getattr(request, "request_id", "")
        )
        return HttpResponse(_json(answer.data), status=500, content_type=PROBLEM_JSON)
    return render(request, "errors/500.html", status=500)


def _json(data: Any) -> bytes:
    return orjson.dumps(data)
