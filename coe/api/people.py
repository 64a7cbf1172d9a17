"""People and the roles they hold."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ID, REVISION, ManyView, NaturalKey
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ANYBODY, LINE, PERSON
from coe.enums.roles import Permission, Role
from coe.models import RoleAssignment, SocialAccount, User
from coe.rules.principals import Principal
from coe.rules.roles import require_assign, require_manage_person
from coe.rules.scope import people_in_scope, require, scope_filter
from coe.services import people as services

PEOPLE = Resource(
    name="Person",
    plural="people",
    rows=people_in_scope,
    # By role or account, on lines of the caller alone: that a person works elsewhere too is nobody's business here.
    on_lines=lambda lines: (
        Q(pk__in=RoleAssignment.objects.filter(line__in=lines).values("user_id"))
        | Q(
            pk__in=SocialAccount.objects.filter(line__in=lines, primary_owner__isnull=False).values(
                "primary_owner_id"
            )
        )
        | Q(
            pk__in=SocialAccount.objects.filter(line__in=lines, backup_owner__isnull=False).values(
                "backup_owner_id"
            )
        )
    ),
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
        Filter("person", "user__email", fold=str.lower, relation=ANYBODY),
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


BY_EMAIL = NaturalKey("email", lambda text: text.strip().lower())


class PersonListView(ManyView):
    """People."""

    resource = PEOPLE
    tag = "people"
    permissions = {
        "GET": Permission.VIEW,
        **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.MANAGE_PEOPLE),
    }
    operations = {
        "GET": Operation("List people", is_list=True),
        "PUT": Operation(
            "Register people, or edit those whose address exists; all or nothing", CREATE, takes_array=True
        ),
        "PATCH": Operation(
            "Edit several people, all or nothing; each names its id or address",
            (ID, REVISION, *EDIT),
            takes_array=True,
        ),
        "DELETE": Operation(
            "Close the log-ins of leavers and end their roles, all or nothing", takes_array=True
        ),
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

    def put(self, request: Request) -> Response:
        """Register people, or edit those who are there."""
        require(self.principal, Permission.MANAGE_PEOPLE)

        def put(body: Body, revision: int | None) -> tuple[User, bool]:
            told: dict[str, Any] = {"by": self.principal.actor, "at": self.at, "why": body.why}
            person = User.objects.filter(email=BY_EMAIL.fold(body.values["email"])).first()
            if person is None:
                return services.create_person(**body.values, **told), True
            body.values.pop("email")
            return services.edit_person(
                person, changes=body.values, expected_revision=revision, **told
            ), False

        return self.put_each(PEOPLE, put, rows=User.objects.all(), inputs=CREATE)

    def patch(self, request: Request) -> Response:
        """Edit people by id or address."""
        require(self.principal, Permission.MANAGE_PEOPLE)

        def edit(person: User, body: Body, revision: int | None) -> User:
            return services.edit_person(
                person, changes=body.values, by=self.principal.actor, at=self.at, why=body.why, expected_revision=revision
            )  # fmt: skip

        return self.edit_each(PEOPLE, edit, rows=people_in_scope(self.principal), inputs=EDIT, key=BY_EMAIL)

    def delete(self, request: Request) -> Response:
        """People leave: the log-in closes, the roles end, the record stays."""
        require(self.principal, Permission.MANAGE_PEOPLE)

        def remove(person: User, why: str, revision: int | None) -> User:
            return services.deactivate_person(
                person, by=self.principal.actor, at=self.at, why=why, expected_revision=revision
            )

        return self.remove_each(remove, rows=people_in_scope(self.principal), resource=PEOPLE, key=BY_EMAIL)


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


class RoleListView(ManyView):
    """Assignments of roles."""

    resource = ROLES
    tag = "people"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.ASSIGN_ROLES,
        "DELETE": Permission.ASSIGN_ROLES,
    }
    operations = {
        "GET": Operation("List roles that people hold", is_list=True),
        "POST": Operation("Give one role, or several, all or nothing", ASSIGN, status=201, takes_array=True),
        "DELETE": Operation("End several roles now, all or nothing", takes_array=True),
    }

    def get(self, request: Request) -> Response:
        """A page of assignments."""
        return self.listed(ROLES)

    @idempotent
    def post(self, request: Request) -> Response:
        """Give roles, up to what the caller holds itself."""
        memo: dict[Any, Any] = {}

        def one(data: Any) -> RoleAssignment:
            body = Body(data, ASSIGN, self.principal, memo=memo)
            person, role = body.values.pop("subject"), Role(body.values.pop("role"))
            line = body.values.get("line")
            require_assign(self.principal, role, line.pk if line else None)
            return services.assign_role(
                person, role=role, **body.values, by=self.principal.actor, at=self.at, why=body.why
            )

        return self.write_one_or_many(ROLES, one, rows=RoleAssignment.objects.all(), status=201)

    def delete(self, request: Request) -> Response:
        """End roles; the rows stay."""

        def remove(held: RoleAssignment, why: str, revision: int | None) -> RoleAssignment:
            require_assign(self.principal, Role(held.role), held.line_id)
            services.end_role(held, by=self.principal.actor, at=self.at, why=why, expected_revision=revision)
            return held

        return self.remove_each(remove, rows=roles_seen(self.principal), resource=ROLES)


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
