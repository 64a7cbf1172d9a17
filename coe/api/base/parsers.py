"""Bodies as JSON, within the size the installation allows."""

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class TooLarge(APIException):
    """The body is larger than MAX_BODY_BYTES."""

    status_code = 413
    default_code = "too_large"
    default_detail = _("The body is too large. Send it in parts, or import a file.")


class HubJSONParser(BaseParser):
    """orjson: no lone surrogates, no NaN, a bounded depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value of the body.

        :raises TooLarge: it is larger than allowed. :raises ParseError: it is no JSON.
        """
        try:
            body = parser_context["request"]._request.body
        except RequestDataTooBig as error:
            raise TooLarge from error
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(str(error)) from error
