"""The company's settings. Everybody who is signed in reads them; administrators write them."""

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Resource, brief, calendar_brief, plain
from coe.api.base.views import HubView, Operation
from coe.api.relations import CALENDAR
from coe.enums.roles import Permission
from coe.models import Organisation
from coe.rules.principals import Principal
from coe.rules.scope import require
from coe.services.organisation import edit_organisation, organisation


def _rows(principal: Principal) -> QuerySet[Organisation]:
    return Organisation.objects.filter(pk=organisation().pk)


ORGANISATION = Resource(
    name="Organisation",
    plural="organisation",
    rows=_rows,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: "/api/v1/organisation/"),
        Field("display", ("name",)),
        plain("name"),
        plain("time_zone"),
        plain("language"),
        plain("corporate_domains", "strings"),
        plain("dormancy_days", "integer"),
        plain("open_scorecards", "boolean"),
        brief("calendar", "CalendarBrief", calendar_brief, ("public_id", "code", "name")),
        plain("is_demo", "boolean"),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
)
EDIT = (
    Input("name"), Input("time_zone"), Input("language"), Input("corporate_domains", "strings"), Input("dormancy_days", "integer"),
    Input("open_scorecards", "boolean"), Input("calendar", relation=CALENDAR, nullable=True),
)  # fmt: skip


class OrganisationView(HubView):
    """The one organisation."""

    resource = ORGANISATION
    tag = "organisation"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.ADMINISTER}
    operations = {
        "GET": Operation("Read the company's settings"),
        "PATCH": Operation("Change the company's settings", EDIT),
    }

    def get(self, request: Request) -> Response:
        """The settings."""
        return self.told(ORGANISATION)

    def patch(self, request: Request) -> Response:
        """Change settings."""
        require(self.principal, Permission.ADMINISTER)
        body = Body(request.data, EDIT, self.principal, partial=True)
        edit_organisation(
            changes=body.values, by=self.principal.actor, at=self.at, why=body.why,
            expected_revision=expected_revision(request),
        )  # fmt: skip
        return self.told(ORGANISATION)
