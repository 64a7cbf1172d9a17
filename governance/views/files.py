"""Tables of governance as downloads."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from coe.selectors.exports import Rows
from coe.services.exporting import FORMATS, export_pieces, known_format


def download(found: Rows, *, name: str, form: str) -> StreamingHttpResponse:
    """Columns and rows as a streamed file of a format, named after the day.

    :raises Invalid: an unknown format.
    """
    kind = FORMATS[known_format(form)]
    pieces = export_pieces(found[0], rows=found[1], form=form)
    file_name = f"{name}-{timezone.localdate()}.{form}"
    headers = {"Content-Disposition": content_disposition_header(True, file_name)}
    return StreamingHttpResponse(pieces, content_type=kind, headers=headers)
