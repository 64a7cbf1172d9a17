"""ETag, If-Match, If-None-Match. A tag is `"<revision>-<digest of the body>"`: writes compare the revision, reads the whole."""

import hashlib
import re
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.request import Request

from coe.api.base.renderers import to_json
from coe.errors import Stale

_TAG = re.compile(r'^(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?"$')


def etag_of(revision: int, body: Any) -> str:
    """The tag of an answer."""
    return f'"{revision}-{hashlib.sha256(to_json(body)).hexdigest()[:12]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the caller has this very answer already."""
    given = request.headers.get("If-None-Match", "")
    return bool(given) and etag in parse_etags(given)


def expected_revision(request: Request) -> int | None:
    """The revision a write is meant for; None when the caller does not say.

    :raises Stale: the header holds no tag of ours, so it cannot match.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        return None
    found = _TAG.match(given)
    if not found:
        raise Stale(_("If-Match holds no tag of this record. Send the ETag of your last read."))
    return int(found.group(1))
