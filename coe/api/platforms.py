"""The catalogue of platforms and the hub's decisions about them."""

from django.db.models import Q
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, plain
from coe.api.base.views import HubView, Operation
from coe.enums.accounts import PlatformDecision
from coe.enums.roles import Permission
from coe.models import Platform, SocialAccount
from coe.rules.scope import require
from coe.services.platforms import edit_platform

PLATFORMS = Resource(
    name="Platform",
    plural="platforms",
    rows=lambda principal: Platform.objects.all(),
    on_lines=lambda lines: Q(pk__in=SocialAccount.objects.filter(line__in=lines).values("platform_id")),
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("code",), "uri", lambda code: f"/api/v1/platforms/{code}/"),
        Field("display", ("name",)),
        plain("code"),
        plain("name"),
        plain("aliases", "strings"),
        plain("is_mfa_capable", "boolean"),
        plain("allows_comments", "boolean"),
        plain("decision", choices=PlatformDecision),
        plain("decision_note"),
        plain("terms_reviewed_on", "date", nullable=True),
        plain("terms_review_due_on", "date", nullable=True),
        plain("is_active", "boolean"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("code", "code"),
        Filter("name", "name"),
        Filter("decision", "decision", choices=PlatformDecision),
        Filter("is_active", "is_active", "boolean"),
        Filter("terms_review_due_on", "terms_review_due_on", "date"),
    ),
    ordering={"name": "name", "code": "code", "terms_review_due_on": "terms_review_due_on"},
    default=("name",),
    search=lambda words: Q(name__icontains=words) | Q(code__icontains=words),
    description="Platforms the hub knows. Everybody who is signed in reads them. `line`: those on which a line has accounts.",
)
EDIT = (
    Input("name"), Input("aliases", "strings"), Input("is_mfa_capable", "boolean"), Input("allows_comments", "boolean"),
    Input("decision", choices=PlatformDecision), Input("decision_note"), Input("terms_reviewed_on", "date", nullable=True),
    Input("terms_review_due_on", "date", nullable=True), Input("is_active", "boolean"),
)  # fmt: skip


class PlatformListView(HubView):
    """The catalogue."""

    resource = PLATFORMS
    tag = "platforms"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List platforms", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of platforms."""
        return self.listed(PLATFORMS)


class PlatformDetailView(HubView):
    """One platform."""

    resource = PLATFORMS
    tag = "platforms"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.MANAGE_PLATFORMS}
    operations = {"GET": Operation("Read a platform"), "PATCH": Operation("Decide about a platform", EDIT)}

    def get(self, request: Request, code: str) -> Response:
        """The platform."""
        return self.told(PLATFORMS, code=code)

    def patch(self, request: Request, code: str) -> Response:
        """Change the entry."""
        platform = Platform.objects.filter(code=code).first()
        if platform is None:
            raise Http404
        require(self.principal, Permission.MANAGE_PLATFORMS)
        body = Body(request.data, EDIT, self.principal, partial=True)
        edit_platform(
            platform,
            changes=body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.told(PLATFORMS, pk=platform.pk)
