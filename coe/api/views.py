"""Saved views: a list as somebody wants to find it again. A person's own, and those shared with everyone; a token has none."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.fields import Field, Filter, Resource, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.permissions import Door
from coe.api.base.views import HubView, Operation
from coe.errors import NotAllowed
from coe.models import SavedFilter, User
from coe.rules.principals import Principal
from coe.services.saved import forget_view, save_view


def views_seen(principal: Principal) -> QuerySet[SavedFilter]:
    """One's own views, and the shared ones."""
    if principal.user is None:
        return SavedFilter.objects.none()
    return SavedFilter.objects.filter(Q(owner=principal.user) | Q(is_shared=True))


VIEWS = Resource(
    name="SavedView",
    plural="views",
    rows=views_seen,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/views/{key}/"),
        Field("display", ("name",)),
        plain("page", note="The list it belongs to, such as account-list."),
        plain("name"),
        plain("query", note="The query string of the list."),
        plain("is_shared", "boolean"),
        person_field("owner"),
        plain("updated_at", "datetime"),
    ),
    filters=(Filter("page", "page"), Filter("name", "name"), Filter("is_shared", "is_shared", "boolean")),
    ordering={"name": "name", "page": "page", "updated_at": "updated_at"},
    default=("page", "name"),
    description="Your saved views, and those others share.",
)
SAVE = (
    Input("page", required=True), Input("name", required=True), Input("query", required=True), Input("is_shared", "boolean"),
)  # fmt: skip


class ViewListView(HubView):
    """Saved views."""

    resource = VIEWS
    tag = "views"
    permissions = {"GET": Door.SIGNED_IN, "POST": Door.SIGNED_IN}
    operations = {
        "GET": Operation("List saved views", is_list=True),
        "POST": Operation("Save a view; the same page and name again replaces it", SAVE, status=201),
    }

    def get(self, request: Request) -> Response:
        """A page of views."""
        return self.listed(VIEWS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Save a view of one's own."""
        owner: User | None = self.principal.user
        if owner is None:
            raise NotAllowed
        body = Body(request.data, SAVE, self.principal)
        view = save_view(owner=owner, **body.values, at=self.at)
        return self.told(VIEWS, status=201, pk=view.pk)


class ViewDetailView(HubView):
    """One saved view."""

    resource = VIEWS
    tag = "views"
    permissions = {"GET": Door.SIGNED_IN, "DELETE": Door.SIGNED_IN}
    operations = {
        "GET": Operation("Read a saved view"),
        "DELETE": Operation("Forget a view of one's own", status=204),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The view."""
        return self.told(VIEWS, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Forget it; a view that somebody shares is theirs."""
        view = views_seen(self.principal).filter(public_id=public_id).first()
        if view is None:
            raise Http404
        if view.owner_id != getattr(self.principal.user, "pk", None):
            raise NotAllowed
        forget_view(view)
        return Response(status=204)
