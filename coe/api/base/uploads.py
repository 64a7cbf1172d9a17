"""Files as they come in: a form with a file, or the file alone as the body; on disk before anything is done with it."""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from coe.api.base.parsers import TooLarge
from coe.api.base.queries import value_of
from coe.api.base.views import HubView
from coe.errors import Invalid, Problem

# What a body may be, and the ending of the name it gets when the caller gives none.
ENDINGS: Mapping[str, str] = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/x-ndjson": ".ndjson",
    "application/ndjson": ".ndjson",
    "application/jsonl": ".ndjson",
    "application/json": ".json",
    "application/yaml": ".yaml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/gzip": ".csv.gz",
    "application/octet-stream": "",
}
GENERAL = frozenset({"fields", "omit", "format"})
_PIECE = 1 << 18
# Boundaries and fields around a file in a form.
_AROUND = 1 << 20


class LengthNeeded(APIException):
    """The server cannot tell where the body ends."""

    status_code = 411
    default_code = "length_required"


@dataclass(frozen=True)
class Upload:
    """A file that is here: open at its start, with its digest and what was said beside it."""

    stream: BinaryIO
    name: str
    size: int
    sha256: str
    values: Mapping[str, str]


def _too_large() -> TooLarge:
    return TooLarge(
        _("The file is larger than %(limit)s bytes. Split it and import the parts.")
        % {"limit": settings.MAX_IMPORT_BYTES}
    )


class UploadView(HubView):
    """A door for files. `known` names what may be said beside the file, in the query string or in the form."""

    known: ClassVar[frozenset[str]] = frozenset()
    parser_classes = [MultiPartParser]
    upload: Upload | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Turn away what is too large by its own words, before a byte of it is read."""
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if request.method == "POST" and length.isdigit():
            if int(length) > settings.MAX_IMPORT_BYTES + _AROUND:
                raise _too_large()
        super().initial(request, *args, **kwargs)

    def fingerprint(self, request: Request) -> bytes:
        """What makes this request the same as another: the file's digest and the words beside it."""
        upload = self.received(request)
        return orjson.dumps([upload.sha256, upload.name, sorted(upload.values.items())])

    def received(self, request: Request) -> Upload:
        """The file of this request, read once.

        :raises Invalid: an unknown word beside it, or no file. :raises TooLarge: it is larger than allowed.
        :raises ParseError: it ends early, or the form is broken. :raises UnsupportedMediaType: no type of a file.
        """
        if self.upload is None:
            kind = (request.content_type or "").partition(";")[0].strip().lower()
            if kind == "multipart/form-data":
                self.upload = self._from_form(request)
            elif kind in ENDINGS:
                self.upload = self._from_body(request, ENDINGS[kind])
            else:
                raise UnsupportedMediaType(
                    kind,
                    _("Send a form with a file, or the file as the body, as one of: %(types)s.")
                    % {"types": ", ".join(ENDINGS)},
                )
        return self.upload

    def _values(self, *places: Mapping[str, Any]) -> dict[str, str]:
        values = {name: str(place[name]) for place in places for name in place if name not in GENERAL}
        unknown = sorted(set(values) - self.known)
        if unknown or any("\x00" in value for value in values.values()):
            name = (unknown or ["?"])[0][:80]
            text = _("“%(name)s” cannot be set here. Known: %(known)s.") % {
                "name": name,
                "known": ", ".join(sorted(self.known)),
            }
            raise Invalid(text, problems=(Problem(name, "parameter_unknown", text),))
        return values

    def _from_form(self, request: Request) -> Upload:
        try:
            data = request.data
        except RequestDataTooBig as error:
            raise TooLarge from error
        except (SuspiciousOperation, UnreadablePostError) as error:
            raise ParseError(str(error)) from error
        files = list(request.FILES.items())
        if len(files) != 1 or files[0][0] != "file":
            raise Invalid.one("file", "required", _("Send one file, in the form field “file”."))
        words = {name: value for name, value in data.items() if name != "file"}
        values = self._values(request.query_params, words)
        file = files[0][1]
        return self._kept(file.chunks(_PIECE), values.get("file_name") or file.name or "upload", values)

    def _from_body(self, request: Request, ending: str) -> Upload:
        values = self._values(request.query_params)
        http = request._request
        source: Any = http
        length = str(http.META.get("CONTENT_LENGTH") or "")
        if not length.isdigit():
            # Without a length only a server that marks the end itself can tell where the body stops.
            if not http.META.get("wsgi.input_terminated"):
                raise LengthNeeded(_("Send a Content-Length, so that a file that ends early is noticed."))
            source = http.META["wsgi.input"]
        name = values.get("file_name") or f"upload{ending}"
        if request.headers.get("Content-Encoding", "").lower() == "gzip" and not name.endswith(".gz"):
            name += ".gz"

        def pieces() -> Iterable[bytes]:
            while piece := source.read(_PIECE):
                yield piece

        try:
            upload = self._kept(pieces(), name, values)
        except UnreadablePostError as error:
            raise ParseError(_("The upload broke off. Nothing was kept; send it again.")) from error
        if length.isdigit() and upload.size != int(length):
            raise ParseError(
                _("The upload ended after %(found)s of %(length)s bytes. Nothing was kept; send it again.")
                % {"found": upload.size, "length": length}
            )
        return upload

    def _kept(self, pieces: Iterable[bytes], name: str, values: Mapping[str, str]) -> Upload:
        digest, size = hashlib.sha256(), 0
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the request
        self._closing = stream
        for piece in pieces:
            size += len(piece)
            if size > settings.MAX_IMPORT_BYTES:
                raise _too_large()
            digest.update(piece)
            stream.write(piece)
        if not size:
            raise Invalid.one("file", "file_empty", _("The file is empty."))
        stream.seek(0)
        return Upload(stream, name.rsplit("/", 1)[-1][-255:], size, digest.hexdigest(), values)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let go of the file; what is wanted of it is stored elsewhere by now."""
        closing = getattr(self, "_closing", None)
        if closing is not None:
            closing.close()
        return super().finalize_response(request, response, *args, **kwargs)

    def flag(self, upload: Upload, name: str, *, default: bool = False) -> bool:
        """A yes or no beside the file.

        :raises Invalid: it is neither.
        """
        text = upload.values.get(name, "")
        return bool(value_of("boolean", name, text)) if text else default
