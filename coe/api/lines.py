"""Lines: the tree, its nodes, and the moves in it."""

from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.lines import LineKind, LineStatus
from coe.enums.roles import Permission
from coe.models import BusinessLine, Tag
from coe.rules.scope import lines_in_scope, require
from coe.services import lines as services
from coe.services.line_codes import line_key
from coe.services.line_status import archive_line, restore_line


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
        Filter("parent", "parent__code_key", fold=line_key),
        Filter("tag", "tags__key", fold=str.casefold),
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
OWN_WORDS = frozenset({"description", "time_zone", "tags"})


class LineListView(HubView):
    """The lines in scope; new ones are the hub's to make."""

    resource = LINES
    tag = "lines"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_LINES}
    operations = {
        "GET": Operation("List lines", is_list=True),
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
        if not OWN_WORDS.issuperset(body.values):
            require(self.principal, Permission.MANAGE_LINES)
        edited = services.edit_line(
            line,
            changes=body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(edited)


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
