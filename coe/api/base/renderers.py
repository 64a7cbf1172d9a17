"""Answers as JSON, written by orjson, and as pages that hold under the strict CSP (templates/rest_framework/api.html)."""

from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def to_json(data: Any, *, pretty: bool = False) -> bytes:
    """The bytes of an answer."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_INDENT_2 if pretty else 0)


class HubJSONRenderer(BaseRenderer):
    """`application/json`."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """The bytes; nothing for an answer without a body."""
        if data is None:
            return b""
        return to_json(data, pretty=bool((renderer_context or {}).get("indent")))


class HubBrowsableRenderer(BrowsableAPIRenderer):
    """The answer as a page, with a form for raw JSON instead of generated fields."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """The page; it is HTML also when the answer inside is a problem."""
        page = super().render(data, accepted_media_type, renderer_context)
        if renderer_context and "response" in renderer_context:
            renderer_context["response"]["Content-Type"] = "text/html; charset=utf-8"
        return page
