"""Lines: the tree, its nodes, and the moves in it."""

from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView, NaturalKey
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, brief, calendar_brief, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import CALENDAR, LINE, LINE_TAG
from coe.enums.lines import LineKind, LineStatus
from coe.enums.roles import Permission
from coe.models import BusinessLine, Tag
from coe.rules.scope import lines_in_scope, require
from coe.services import lines as services
from coe.services.line_codes import line_key
from coe.services.line_status import archive_line, restore_line
from coe.services.records import required
from coe.services.tags import tag_key


def _tags(keys: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key, name in Tag.objects.filter(lines__in=keys).order_by("key").values_list("lines", "name"):
        found.setdefault(key, []).append(name)
    return found


LINES = Resource(
    name="Line",
    plural="lines",
    rows=lines_in_scope,
    line="",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/lines/{quote(code)}/"),
        Field("web_url", ("code",), "uri", lambda code: f"/lines/{quote(code)}/"),
        Field("display", ("name",)),
        plain("code"),
        plain("name"),
        plain("kind", choices=LineKind),
        line_field("parent"),
        plain("depth", "integer"),
        plain("status", choices=LineStatus),
        plain("is_spoke", "boolean"),
        plain("description"),
        plain("time_zone"),
        brief("calendar", "CalendarBrief", calendar_brief, ("public_id", "code", "name")),
        Field("tags", (), "strings", collect=_tags),
        plain("archived_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("created_at", "datetime"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("id", "public_id", "uuid"),
        Filter("code", "code_key", fold=line_key),
        Filter("name", "name"),
        Filter("description", "description"),
        Filter("kind", "kind", choices=LineKind),
        Filter("status", "status", choices=LineStatus),
        Filter("is_spoke", "is_spoke", "boolean"),
        Filter("depth", "depth", "integer"),
        Filter("parent", "parent__code_key", fold=line_key, relation=LINE),
        Filter("tag", "tags__key", fold=tag_key, relation=LINE_TAG),
        Filter("calendar", "calendar__code", fold=str.casefold, relation=CALENDAR),
        Filter("updated_at", "updated_at", "datetime"),
    ),
    ordering={
        "code": "code_key",
        "name": "name",
        "depth": "depth",
        "updated_at": "updated_at",
        "created_at": "created_at",
    },
    default=("code_key",),
    search=lambda words: Q(code_key__contains=words.casefold()) | Q(name__icontains=words),
    description="Lines in your scope. A line's own code is its address.",
)
_TEXTS = (
    Input("name"),
    Input("kind", choices=LineKind),
    Input("is_spoke", "boolean"),
    Input("description"),
    Input("time_zone", note="A name such as Europe/Paris; empty: as the parent."),
    Input("calendar", relation=CALENDAR, nullable=True, note="null: the organisation's."),
    Input("tags", "strings"),
)
CREATE = (
    Input("code", required=True),
    Input("name", required=True),
    *_TEXTS[1:],
    Input("parent", relation=LINE, nullable=True),
)
EDIT = (Input("code"), *_TEXTS)
# What a line may say about itself; the rest is the hub's.
OWN_WORDS = frozenset({"description", "time_zone", "calendar", "tags"})
BY_CODE = NaturalKey("code_key", line_key)
PUT = (Input("code", required=True), *_TEXTS, Input("parent", relation=LINE, nullable=True))


def _edit(view: HubView, line: BusinessLine, body: Body, revision: int | None) -> BusinessLine:
    """Change what the line says about itself; code, name and kind are the hub's."""
    require(view.principal, Permission.EDIT_LINE, line.pk)
    if not OWN_WORDS.issuperset(body.values):
        require(view.principal, Permission.MANAGE_LINES)
    return services.edit_line(
        line,
        changes=body.values,
        by=view.principal.actor,
        at=view.at,
        why=body.why,
        expected_revision=revision,
    )


class LineListView(ManyView):
    """The lines in scope; new ones are the hub's to make."""

    resource = LINES
    tag = "lines"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.MANAGE_LINES,
        "PUT": Permission.MANAGE_LINES,
        "PATCH": Permission.EDIT_LINE,
        "DELETE": Permission.MANAGE_LINES,
    }
    operations = {
        "GET": Operation("List lines", is_list=True),
        "PUT": Operation(
            "Create lines, or edit and move those whose code exists; all or nothing", PUT, takes_array=True
        ),
        "PATCH": Operation(
            "Edit several lines, all or nothing; each names its id or code",
            (ID, REVISION, *EDIT),
            takes_array=True,
        ),
        "DELETE": Operation(
            "Archive several lines, all or nothing; their records and history stay", takes_array=True
        ),
        "POST": Operation(
            "Create one line, or several, all or nothing", CREATE, status=201, takes_array=True
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of lines."""
        return self.listed(LINES)

    @idempotent
    def post(self, request: Request) -> Response:
        """Create lines."""
        require(self.principal, Permission.MANAGE_LINES)

        def one(data: Any) -> BusinessLine:
            body = Body(data, CREATE, self.principal)
            return services.create_line(**body.values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(LINES, one, rows=BusinessLine.objects.all(), status=201)

    def put(self, request: Request) -> Response:
        """Create lines, or edit those that exist."""
        require(self.principal, Permission.MANAGE_LINES)
        return self.put_each(LINES, self._put, rows=BusinessLine.objects.all(), inputs=PUT)

    def _put(self, body: Body, revision: int | None) -> tuple[BusinessLine, bool]:
        values = body.values
        told: dict[str, Any] = {"by": self.principal.actor, "at": self.at, "why": body.why}
        line = BusinessLine.objects.select_related("parent").filter(code_key=line_key(values["code"])).first()
        if line is None:
            if "name" not in values:
                raise required("name")
            return services.create_line(**values, **told), True
        has_parent, parent = "parent" in values, values.pop("parent", None)
        line = services.edit_line(line, changes=values, expected_revision=revision, **told)
        if has_parent and line.parent_id != (parent.pk if parent else None):
            line = services.move_line(line, parent=parent, **told)
        return line, False

    def patch(self, request: Request) -> Response:
        """Edit lines by id or code."""
        return self.edit_each(
            LINES,
            lambda line, body, revision: _edit(self, line, body, revision),
            rows=lines_in_scope(self.principal),
            inputs=EDIT,
            key=BY_CODE,
        )

    def delete(self, request: Request) -> Response:
        """Archive lines: what stands in the way of one is named, and none is archived."""
        require(self.principal, Permission.MANAGE_LINES)

        def remove(line: BusinessLine, why: str, revision: int | None) -> BusinessLine:
            return archive_line(
                line, by=self.principal.actor, at=self.at, why=why, expected_revision=revision
            )

        return self.remove_each(remove, rows=lines_in_scope(self.principal), resource=LINES, key=BY_CODE)


class _OneLine(HubView):
    resource = LINES
    tag = "lines"

    def line(self, code: str) -> BusinessLine:
        """The line in the caller's scope; 404 otherwise."""
        found = (
            lines_in_scope(self.principal).select_related("parent").filter(code_key=line_key(code)).first()
        )
        if found is None:
            raise Http404
        return found

    def shown(self, line: BusinessLine) -> Response:
        """The line as it is after a write."""
        return self.told(LINES, rows=BusinessLine.objects.all(), pk=line.pk)


class LineDetailView(_OneLine):
    """One line."""

    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT_LINE}
    operations = {"GET": Operation("Read a line"), "PATCH": Operation("Edit a line", EDIT)}

    def get(self, request: Request, code: str) -> Response:
        """The line."""
        return self.told(LINES, code_key=line_key(code))

    def patch(self, request: Request, code: str) -> Response:
        """Change what the line says about itself; code, name and kind are the hub's."""
        line = self.line(code)
        require(self.principal, Permission.EDIT_LINE, line.pk)
        body = Body(request.data, EDIT, self.principal, partial=True)
        return self.shown(_edit(self, line, body, expected_revision(request)))


class LineMoveView(_OneLine):
    """Hang a line under another parent."""

    permissions = {"POST": Permission.MANAGE_LINES}
    operations = {
        "POST": Operation(
            "Move a line with all lines below it",
            (Input("parent", relation=LINE, nullable=True, required=True),),
        )
    }

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Move it."""
        line = self.line(code)
        require(self.principal, Permission.MANAGE_LINES)
        body = Body(request.data, self.operations["POST"].inputs, self.principal)
        moved = services.move_line(
            line,
            parent=body.values["parent"],
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(moved)


class LineStatusView(_OneLine):
    """Archive or restore a line; `action` comes from the route."""

    permissions = {"POST": Permission.MANAGE_LINES}
    operations = {"POST": Operation("Archive a line, or restore it")}
    action = ""

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        """Take the line out of work, or bring it back."""
        line = self.line(code)
        require(self.principal, Permission.MANAGE_LINES)
        body = Body(request.data or {}, (), self.principal)
        act = archive_line if self.action == "archive" else restore_line
        return self.shown(
            act(
                line,
                by=self.principal.actor,
                at=self.at,
                why=body.why,
                expected_revision=expected_revision(request),
            )
        )
