"""Leavers over the API: what a person holds, and leaving with a successor for each thing."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.people import PEOPLE
from coe.api.relations import PERSON
from coe.enums.roles import Permission
from coe.errors import Invalid, Problem
from coe.models import User
from coe.rules.roles import require_manage_person
from coe.rules.scope import people_in_scope, people_to_name
from coe.selectors.holdings import holdings_of
from coe.services.handing_over import leave_company, who_gets_what

LEAVE = (
    Input("successors", "object", note="Name of a holding → e-mail of who takes it on, or null for nobody."),
    Input("rest", relation=PERSON, nullable=True, note="Takes on everything that is not named."),
    Input(
        "rest_to_nobody", "boolean", note="Nobody takes on the rest; the hub gets the duty to find somebody."
    ),
    Input("dry_run", "boolean", note="Say what would be refused, and write nothing."),
)
HELD = {
    "type": "object",
    "properties": {
        "person": {"type": "string"},
        "holdings": {"type": "array", "items": {"type": "object"}},
    },
}


class LeaveView(HubView):
    """What a person holds, and their leaving."""

    tag = "people"
    permissions = dict.fromkeys(("GET", "POST"), Permission.MANAGE_PEOPLE)
    operations = {
        "GET": Operation("What a person holds, and what needs a successor", answer=HELD),
        "POST": Operation(
            "A person leaves: hand over what they hold, close the log-in, end the roles",
            LEAVE,
            answer="Person",
            example={"rest_to_nobody": True},
        ),
    }

    def person(self, public_id: UUID) -> User:
        """A person the caller manages; 404 when out of scope."""
        found = people_in_scope(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require_manage_person(self.principal, found, self.at)
        return found

    def get(self, request: Request, public_id: UUID) -> Response:
        """Everything they hold."""
        person = self.person(public_id)
        return Response(
            {
                "person": str(person.public_id),
                "holdings": [
                    {
                        "name": row.name,
                        "kind": one.code,
                        "label": row.label,
                        "url": row.url,
                        "needs_successor": one.needs_successor,
                    }
                    for one in holdings_of([person.pk], at=self.at)[person.pk]
                    for row in one.rows
                ],
            }
        )

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """They leave, whole or not at all; with `dry_run` nothing is written and the answer says who would get what."""
        person = self.person(public_id)
        body = Body(request.data, LEAVE, self.principal)
        values = body.values
        is_dry_run = values.pop("dry_run", False)
        values["successors"] = self._people(values.get("successors", {}))
        if is_dry_run:
            return Response({"would": who_gets_what(person, at=self.at, **values)})
        done = leave_company(
            person,
            **values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.told(PEOPLE, rows=User.objects.all(), pk=done.pk)

    def _people(self, given: dict[str, Any]) -> dict[str, User | None]:
        """People by e-mail, all at once.

        :raises Invalid: names each holding whose successor is nobody the caller sees.
        """
        emails = {text.strip().lower() for text in given.values() if isinstance(text, str)}
        visible = people_to_name(self.principal).filter(is_active=True, email__in=emails)
        known = {person.email: person for person in visible}
        problems = [
            Problem(
                f"successors/{name[:80]}",
                "not_found",
                _("Give the e-mail of somebody who works here, or null."),
            )
            for name, text in given.items()
            if text is not None and not (isinstance(text, str) and text.strip().lower() in known)
        ]
        if problems:
            raise Invalid(problems[0].message, problems=tuple(problems))
        return {name: None if text is None else known[text.strip().lower()] for name, text in given.items()}
