"""`Idempotency-Key` on every POST: scoped to the caller, kept 24 hours, a repeat gives the first answer."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.renderers import to_json
from coe.errors import Invalid
from coe.services import idempotency as kept

_HEADERS = ("Location", "ETag")


class SecretResponse(Response):
    """An answer that shows a secret once: a repeat gets it without."""

    def __init__(self, data: Any, *, shown_once: str, **more: Any) -> None:
        super().__init__({**data}, **more)
        self.kept_data = {**data, shown_once: None}


def idempotent(post: Callable[..., Response]) -> Callable[..., Response]:
    """Wrap a POST handler of a HubView."""

    @wraps(post)
    def handler(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return post(view, request, *args, **kwargs)
        if len(key) > 200 or not key.isascii() or not key.isprintable():
            raise Invalid.one(
                "Idempotency-Key", "out_of_range", _("A key has at most 200 printable ASCII characters.")
            )
        body: bytes = view.fingerprint(request)
        fingerprint = hashlib.sha256(b"\n".join([request.get_full_path().encode(), body])).hexdigest()
        actor = request._request.principal.actor
        record, is_first = kept.claim(
            principal=f"{actor.kind}:{actor.key}"[:60], key=key, fingerprint=fingerprint, at=timezone.now()
        )
        if not is_first:
            again = Response(
                orjson.loads(record.body) if record.body else None,
                status=record.status,
                headers={"Idempotency-Replayed": "true"},
            )
            for name, value in record.headers.items():
                again[name] = value
            again.content_type = record.headers.get("Content-Type")
            return again
        try:
            try:
                response = post(view, request, *args, **kwargs)
            except Exception as error:
                response = view.handle_exception(error)
        except BaseException:
            kept.release(record)
            raise
        if response.status_code >= 500:
            kept.release(record)
        else:
            data = getattr(response, "kept_data", response.data)
            headers = {name: response[name] for name in _HEADERS if response.has_header(name)}
            if response.content_type:
                headers["Content-Type"] = response.content_type
            kept.answer(
                record,
                status=response.status_code,
                headers=headers,
                body="" if data is None else to_json(data).decode(),
            )
        return response

    handler.is_idempotent = True  # type: ignore[attr-defined]  # a test asks every POST of the API
    return handler
