"""People and the roles they hold."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE, PERSON
from coe.enums.roles import Permission, Role
from coe.models import RoleAssignment, User
from coe.rules.principals import Principal
from coe.rules.roles import require_assign, require_manage_person
from coe.rules.scope import people_in_scope, require, scope_filter
from coe.services import people as services

PEOPLE = Resource(
    name="Person",
    plural="people",
    rows=people_in_scope,
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/people/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/people/{key}/"),
        Field("display", ("name", "email"), make=lambda name, email: name or email),
        plain("email"),
        plain("name"),
        plain("job_title"),
        plain("language"),
        plain("time_zone"),
        plain("is_active", "boolean"),
        plain("joined_on", "date", nullable=True),
        plain("left_on", "date", nullable=True),
        plain("revision", "integer"),
        plain("created_at", "datetime"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("id", "public_id", "uuid"),
        Filter("email", "email", fold=str.lower),
        Filter("name", "name"),
        Filter("is_active", "is_active", "boolean"),
        Filter("role", "role_assignments__role", choices=Role),
        Filter("joined_on", "joined_on", "date"),
        Filter("updated_at", "updated_at", "datetime"),
    ),
    ordering={"name": "name", "email": "email", "joined_on": "joined_on", "updated_at": "updated_at"},
    default=("name", "email"),
    search=lambda words: Q(name__icontains=words) | Q(email__icontains=words),
    description="People of your lines, and yourself.",
)
_WORDS = (
    Input("name"), Input("job_title"), Input("language"), Input("time_zone"),
    Input("joined_on", "date", nullable=True), Input("left_on", "date", nullable=True),
)  # fmt: skip
CREATE = (Input("email", required=True), *_WORDS)
EDIT = (Input("email"), *_WORDS)


def roles_seen(principal: Principal) -> QuerySet[RoleAssignment]:
    """Assignments on the caller's lines, and those for the company as a whole."""
    condition = scope_filter(principal, "line")
    return (
        RoleAssignment.objects.all()
        if condition is None
        else RoleAssignment.objects.filter(condition | Q(line=None))
    )


ROLES = Resource(
    name="RoleAssignment",
    plural="roles",
    rows=roles_seen,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/roles/{key}/"),
        Field("display", ("user__name", "role"), make=lambda name, role: f"{name} · {Role(role).label}"),
        plain("role", choices=Role),
        person_field("person", "user"),
        line_field(),
        plain("valid_from", "datetime"),
        plain("valid_until", "datetime", nullable=True),
        plain("note"),
        plain("revision", "integer"),
    ),
    filters=(
        Filter("role", "role", choices=Role),
        Filter("person", "user__email", fold=str.lower),
        Filter("valid_from", "valid_from", "datetime"),
        Filter("valid_until", "valid_until", "datetime"),
    ),
    ordering={"role": "role", "valid_from": "valid_from", "valid_until": "valid_until"},
    description="Who holds which role; `valid_until__empty=true` for those without an end.",
)
ASSIGN = (
    Input("person", relation=PERSON, required=True, target="subject"),
    Input("role", choices=Role, required=True),
    Input("line", relation=LINE, nullable=True),
    Input("note"),
)


class PersonListView(HubView):
    """People."""

    resource = PEOPLE
    tag = "people"
    permissions = {"GET": Permission.VIEW, "POST": Permission.MANAGE_PEOPLE}
    operations = {
        "GET": Operation("List people", is_list=True),
        "POST": Operation(
            "Register one person, or several, all or nothing", CREATE, status=201, takes_array=True
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of people."""
        return self.listed(
            PEOPLE, keep=lambda rows: rows.distinct() if "role" in request.query_params else rows
        )

    @idempotent
    def post(self, request: Request) -> Response:
        """Register people; they log in by single sign-on or a reset link."""
        require(self.principal, Permission.MANAGE_PEOPLE)

        def one(data: Any) -> User:
            body = Body(data, CREATE, self.principal)
            return services.create_person(**body.values, by=self.principal.actor, at=self.at, why=body.why)

        return self.write_one_or_many(PEOPLE, one, rows=User.objects.all(), status=201)


class PersonDetailView(HubView):
    """One person."""

    resource = PEOPLE
    tag = "people"
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.MANAGE_PEOPLE}
    operations = {"GET": Operation("Read a person"), "PATCH": Operation("Edit a person", EDIT)}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The person."""
        return self.told(PEOPLE, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change a person's data."""
        person = people_in_scope(self.principal).filter(public_id=public_id).first()
        if person is None:
            raise Http404
        require_manage_person(self.principal, person, self.at)
        body = Body(request.data, EDIT, self.principal, partial=True)
        services.edit_person(
            person,
            changes=body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.told(PEOPLE, rows=User.objects.all(), pk=person.pk)


class RoleListView(HubView):
    """Assignments of roles."""

    resource = ROLES
    tag = "people"
    permissions = {"GET": Permission.VIEW, "POST": Permission.ASSIGN_ROLES}
    operations = {
        "GET": Operation("List roles that people hold", is_list=True),
        "POST": Operation("Give a person a role", ASSIGN, status=201),
    }

    def get(self, request: Request) -> Response:
        """A page of assignments."""
        return self.listed(ROLES)

    @idempotent
    def post(self, request: Request) -> Response:
        """Give a role, up to what the caller holds itself."""
        body = Body(request.data, ASSIGN, self.principal)
        person, role, line = (
            body.values.pop("subject"),
            Role(body.values.pop("role")),
            body.values.get("line"),
        )
        require_assign(self.principal, role, line.pk if line else None)
        given = services.assign_role(
            person, role=role, **body.values, by=self.principal.actor, at=self.at, why=body.why
        )
        return self.told(ROLES, rows=RoleAssignment.objects.all(), status=201, pk=given.pk)


class RoleDetailView(HubView):
    """One assignment; deleting it ends the role, the row stays."""

    resource = ROLES
    tag = "people"
    permissions = {"GET": Permission.VIEW, "DELETE": Permission.ASSIGN_ROLES}
    operations = {"GET": Operation("Read an assignment"), "DELETE": Operation("End a role now")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The assignment."""
        return self.told(ROLES, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """End it."""
        held = roles_seen(self.principal).filter(public_id=public_id).first()
        if held is None:
            raise Http404
        require_assign(self.principal, Role(held.role), held.line_id)
        services.end_role(
            held, by=self.principal.actor, at=self.at, expected_revision=expected_revision(request)
        )
        return self.told(ROLES, rows=RoleAssignment.objects.all(), pk=held.pk)
