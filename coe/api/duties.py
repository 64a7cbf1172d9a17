"""What the caller owes: the same list as the page "My duties"."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import line_brief
from coe.api.base.pagination import HubPagination
from coe.api.base.permissions import Door
from coe.api.base.views import HubView, Operation
from coe.enums.work import DutyState
from coe.errors import Invalid
from coe.selectors.duties import Duty, duties_of

_DUTY = {
    "kind": {"type": "string", "description": "The registered kind, such as account.owner."},
    "key": {"type": "string", "description": "Names the thing within its kind; with the kind it is stable."},
    "display": {"type": "string"},
    "note": {"type": "string"},
    "state": {"type": "string", "enum": list(DutyState.values)},
    "due_at": {"type": ["string", "null"], "format": "date-time"},
    "line": {"oneOf": [{"$ref": "#/components/schemas/LineBrief"}, {"type": "null"}]},
    "web_url": {"type": "string", "description": "Where the duty is done."},
}


class MyDutiesView(HubView):
    """The caller's duties."""

    tag = "me"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {
        "GET": Operation(
            "What do I owe, the most urgent first? A service token is no person and owes nothing.",
            parameters=(
                ("state", "string", "overdue, soon or open; several with commas."),
                ("limit", "integer", "1 to 1000; 50 when left out."),
                ("offset", "integer", "How many to leave out."),
            ),
            answer={
                "type": "object",
                "properties": {
                    "count": {"type": "integer"},
                    "next": {"type": ["string", "null"]},
                    "previous": {"type": ["string", "null"]},
                    "results": {"type": "array", "items": {"type": "object", "properties": _DUTY}},
                },
            },
        )
    }

    def get(self, request: Request) -> Response:
        """Answer with a page of the caller's duties."""
        asked = request.query_params
        if unknown := sorted(set(asked) - {"state", "limit", "offset", "format"}):
            raise Invalid.one(unknown[0][:80], "parameter_unknown", _("Known here: state, limit, offset."))
        states = {word for word in asked.get("state", "").split(",") if word}
        if states - set(DutyState.values):
            known = ", ".join(DutyState.values)
            raise Invalid.one("state", "choice_unknown", _("Known states: %(known)s.") % {"known": known})
        user = self.principal.user
        owed = duties_of([user], at=self.at)[user.pk] if user is not None else []
        owed = [duty for duty in owed if not states or duty.state_at(self.at) in states]
        pages = HubPagination()
        return Response(pages.envelope([self._told(duty) for duty in pages.slice(owed, request)]))

    def _told(self, duty: Duty) -> dict[str, Any]:
        line = duty.line
        return {
            "kind": duty.kind, "key": duty.key, "display": str(duty.title), "note": str(duty.note),
            "state": duty.state_at(self.at), "due_at": duty.due_at,
            "line": line_brief(line.public_id, line.code, line.name) if line else None, "web_url": duty.url,
        }  # fmt: skip
