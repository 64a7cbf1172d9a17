"""What happened in my scope: ordered, resumable, and its cursor never passes a change that is not committed yet."""

import base64
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.pagination import MOST, whole_number
from coe.api.base.queries import check_lines, lines_named, value_of
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.selectors.changes import Place, changes_since

_COLUMNS = (
    "public_id", "at", "action", "object_type", "object_id", "object_label", "actor_kind", "actor_label", "why", "request_id", "changes",
    "batch_id",
)  # fmt: skip
_TEXT = {"type": "string"}
_EVENT = {name: {"type": ["string", "null"]} for name in ("id", *_COLUMNS[1:]) if name != "changes"} | {
    "changes": {"type": "object"}
}


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(f"c{place.transaction}.{place.key}".encode()).decode().rstrip("=")


def _place(cursor: str) -> Place:
    if not cursor:
        return Place()
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
        transaction, _dot, key = text.removeprefix("c").partition(".")
        if text[:1] == "c" and len(text) < 41 and -1 <= int(transaction) < 2**63 and 0 <= int(key) < 2**63:
            return Place(int(transaction), int(key))
    except ValueError:
        pass
    raise Invalid.one(
        "since",
        "cursor_unknown",
        _("This cursor is not from an answer of the change feed. Leave it out to start."),
    )


class ChangeListView(HubView):
    """The change feed."""

    tag = "changes"
    permissions = {"GET": Permission.VIEW_HISTORY}
    operations = {"GET": Operation(
        "What happened in my scope since a cursor",
        parameters=(
            ("since", "string", "The cursor of the last answer; leave it out to start."),
            ("limit", "integer", "1 to 1000; 100 when left out."),
            ("line", "string", "Code of a line."),
            ("line_subtree", "string", "Code of a line; with all lines below it."),
            ("object", "uuid", "Of one record only."),
        ),
        answer={"type": "object", "properties": {
            "results": {"type": "array", "items": {"type": "object", "properties": _EVENT}},
            "cursor": _TEXT,
            "has_more": {"type": "boolean"},
        }},
    )}  # fmt: skip

    def get(self, request: Request) -> Response:
        """Changes after the cursor, oldest first, and the cursor to go on with (the same one when nothing happened)."""
        asked = request.query_params
        known = ("since", "limit", "line", "line_subtree", "object")
        if unknown := sorted(set(asked) - {*known, "format"}):
            words = _("Known here: %(known)s.") % {"known": ", ".join(known)}
            raise Invalid.one(unknown[0][:80], "parameter_unknown", words)
        limit = whole_number("limit", asked["limit"], least=1, most=MOST) if "limit" in asked else 100
        place = _place(asked.get("since", ""))
        found = changes_since(self.principal, place)
        for name in ("line", "line_subtree"):
            if name in asked:
                lines = lines_named(self.principal, name, asked.getlist(name))
                found = found.filter(line_id__in=lines.values("pk"))
        if "object" in asked:
            found = found.filter(object_id=value_of("uuid", "object", asked["object"]))
        rows: list[tuple[Any, ...]] = list(found.values_list("transaction", "pk", *_COLUMNS)[: limit + 1])
        if not rows:
            check_lines(self.principal, asked)
        page = rows[:limit]
        if page:
            place = Place(page[-1][0], page[-1][1])
        results = [dict(zip(("id", *_COLUMNS[1:]), row[2:], strict=True)) for row in page]
        return Response({"results": results, "cursor": _cursor(place), "has_more": len(rows) > limit})
