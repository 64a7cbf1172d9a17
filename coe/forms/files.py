"""A list as a file to download, for every page that offers one."""

from django.http import StreamingHttpResponse
from django.utils import timezone

from coe.selectors.exports import Rows
from coe.services.exporting import FORMATS, export_pieces, known_format


def file_answer(found: Rows, *, name: str, form: str) -> StreamingHttpResponse:
    """Columns and rows as a download of a format.

    :raises Invalid: an unknown format.
    """
    columns, rows = found
    answer = StreamingHttpResponse(
        export_pieces(columns, rows=rows, form=form), content_type=FORMATS[known_format(form)]
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.{form}"'
    return answer
