"""Tags: everybody reads them; the hub renames, merges and removes them. Lines and accounts are tagged by their own `tags`."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import TAG
from coe.enums.roles import Permission
from coe.models import Tag
from coe.rules.principals import Principal
from coe.rules.scope import accounts_in_scope, lines_in_scope, require
from coe.services.tags import create_tag, merge_tags, remove_tag, rename_tag, tag_key


def tags_seen(principal: Principal) -> QuerySet[Tag]:
    """Tags on lines and accounts in scope; whoever manages lines sees all, used or not."""
    if principal.sees_all:
        return Tag.objects.all()
    lines, accounts = lines_in_scope(principal).values("pk"), accounts_in_scope(principal).values("pk")
    return Tag.objects.filter(
        Q(pk__in=Tag.lines.through.objects.filter(businessline__in=lines).values("tag_id"))
        | Q(pk__in=Tag.accounts.through.objects.filter(socialaccount__in=accounts).values("tag_id"))
    )


TAGS = Resource(
    name="Tag",
    plural="tags",
    rows=tags_seen,
    on_lines=lambda lines: (
        Q(pk__in=Tag.lines.through.objects.filter(businessline__in=lines.values("pk")).values("tag_id"))
        | Q(
            pk__in=Tag.accounts.through.objects.filter(socialaccount__line__in=lines.values("pk")).values(
                "tag_id"
            )
        )
    ),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/tags/{key}/"),
        Field("display", ("name",)),
        plain("name"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("name", "key", fold=tag_key),),
    ordering={"name": "key", "updated_at": "updated_at"},
    default=("key",),
    search=lambda words: Q(key__contains=tag_key(words)),
    description="Words on lines and accounts in your scope.",
)
NAME = (Input("name", required=True),)
MERGE = (Input("into", relation=TAG, required=True),)


class TagListView(ManyView):
    """Tags."""

    resource = TAGS
    tag = "tags"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.MANAGE_LINES,
        "DELETE": Permission.MANAGE_LINES,
    }
    operations = {
        "GET": Operation("List tags", is_list=True),
        "POST": Operation("Add one tag, or several, all or nothing", NAME, status=201, takes_array=True),
        "DELETE": Operation("Take several tags off everything, all or nothing", status=204, takes_array=True),
    }

    def get(self, request: Request) -> Response:
        """A page of tags."""
        return self.listed(TAGS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Add tags."""
        require(self.principal, Permission.MANAGE_LINES)

        def one(data: Any) -> Tag:
            body = Body(data, NAME, self.principal)
            return create_tag(**body.values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(TAGS, one, rows=Tag.objects.all(), status=201)

    def delete(self, request: Request) -> Response:
        """Take tags away; what carried them stays."""
        require(self.principal, Permission.MANAGE_LINES)

        def remove(tag: Tag, why: str, revision: int | None) -> None:
            remove_tag(tag, by=self.principal.actor, at=self.at, why=why, expected_revision=revision)

        return self.remove_each(remove, rows=tags_seen(self.principal))


class _OneTag(HubView):
    resource = TAGS
    tag = "tags"

    def found(self, public_id: UUID) -> Tag:
        """The tag, to be written."""
        found = tags_seen(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require(self.principal, Permission.MANAGE_LINES)
        return found


class TagDetailView(_OneTag):
    """One tag."""

    permissions = {
        "GET": Permission.VIEW,
        "PATCH": Permission.MANAGE_LINES,
        "DELETE": Permission.MANAGE_LINES,
    }
    operations = {
        "GET": Operation("Read a tag"),
        "PATCH": Operation("Rename a tag, on everything that carries it", NAME),
        "DELETE": Operation("Take a tag off everything", status=204),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The tag."""
        return self.told(TAGS, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Rename it."""
        tag = self.found(public_id)
        body = Body(request.data, NAME, self.principal)
        rename_tag(
            tag, **body.values, by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.told(TAGS, rows=Tag.objects.all(), pk=tag.pk)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Take it away."""
        tag = self.found(public_id)
        remove_tag(tag, by=self.principal.actor, at=self.at, expected_revision=expected_revision(request))
        return Response(status=204)


class TagMergeView(_OneTag):
    """Two spellings of one thing."""

    permissions = {"POST": Permission.MANAGE_LINES}
    operations = {"POST": Operation("Merge a tag into another one, which is told", MERGE)}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Hang everything on the other tag."""
        tag = self.found(public_id)
        body = Body(request.data, MERGE, self.principal)
        kept = merge_tags(
            tag, **body.values, by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.told(TAGS, rows=Tag.objects.all(), pk=kept.pk)
