"""Pages of a list: by limit and offset with a count, or by cursor without one for lists that are long."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from coe.errors import Invalid

DEFAULT, MOST = 50, 1000
FARTHEST = 1_000_000


def whole_number(name: str, text: str, *, least: int, most: int) -> int:
    """A number of a query string.

    :raises Invalid: it is no whole number, or outside its bounds.
    """
    if text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most:
        return int(text)
    message = _("“%(name)s” is a whole number from %(least)s to %(most)s.") % {
        "name": name,
        "least": least,
        "most": most,
    }
    raise Invalid.one(name, "out_of_range", message)


def cursor_of(key: int) -> str:
    """The place after a row, as callers carry it around."""
    return base64.urlsafe_b64encode(f"k{key}".encode()).decode().rstrip("=")


def key_of(cursor: str) -> int:
    """The row a cursor stands after; 0 for the empty cursor.

    :raises Invalid: no cursor of ours.
    """
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        if text[0] == "k" and text[1:].isdigit() and len(text) < 20:
            return int(text[1:])
    except (ValueError, IndexError):
        pass
    raise Invalid.one(
        "cursor",
        "cursor_unknown",
        _("This cursor is not from an answer of this list. Leave it empty to start."),
    )


class HubPagination(BasePagination):
    """`limit` and `offset`, or `cursor`; the answer is `{count, next, previous, results}`."""

    display_page_controls = False

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        """The rows of the page; the first value of each row is its primary key."""
        self.request = request
        asked = request.query_params
        self.limit = (
            whole_number("limit", asked["limit"], least=1, most=MOST) if "limit" in asked else DEFAULT
        )
        self.by_cursor = "cursor" in asked
        if self.by_cursor:
            after = key_of(asked["cursor"])
            rows = list(queryset.order_by("pk").filter(pk__gt=after)[: self.limit + 1])
            self.count, self.more = None, len(rows) > self.limit
            rows = rows[: self.limit]
            self.last = rows[-1][0] if rows else after
            return rows
        self.offset = (
            whole_number("offset", asked["offset"], least=0, most=FARTHEST) if "offset" in asked else 0
        )
        self.count = queryset.order_by().count()
        return list(queryset[self.offset : self.offset + self.limit]) if self.count > self.offset else []

    def slice(self, rows: Sequence[Any], request: Request) -> Sequence[Any]:
        """The part of a list that was computed whole (duties), by limit and offset."""
        self.request, self.by_cursor, self.count = request, False, len(rows)
        asked = request.query_params
        self.limit = (
            whole_number("limit", asked["limit"], least=1, most=MOST) if "limit" in asked else DEFAULT
        )
        self.offset = (
            whole_number("offset", asked["offset"], least=0, most=FARTHEST) if "offset" in asked else 0
        )
        return rows[self.offset : self.offset + self.limit]

    def _link(self, **changes: Any) -> str:
        asked = {key: value for key, value in self.request.query_params.lists() if key not in changes}
        return f"{self.request.path}?{urlencode({**asked, **changes}, doseq=True)}"

    def envelope(self, results: list[Any]) -> dict[str, Any]:
        """The answer around the rows."""
        following, previous = None, None
        if self.by_cursor:
            following = self._link(cursor=cursor_of(self.last)) if self.more else None
        else:
            if self.count > self.offset + self.limit:
                following = self._link(offset=self.offset + self.limit)
            if self.offset:
                previous = self._link(offset=max(0, self.offset - self.limit))
        return {"count": self.count, "next": following, "previous": previous, "results": results}
