"""Answers that are files. Refusals are problem+json all the same, whatever the caller accepts."""

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request

from coe.api.base.renderers import HubJSONRenderer
from coe.api.base.views import HubView


class FileView(HubView):
    """A door that hands out a file as an attachment."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """A file has the type it has; `Accept: text/csv` is no reason for a 406."""
        return HubJSONRenderer(), HubJSONRenderer.media_type

    def file(self, answer: HttpResponseBase, name: str, kind: str) -> HttpResponseBase:
        """Name the file and its type, and let no browser guess another."""
        answer["Content-Type"] = kind
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
