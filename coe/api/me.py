"""Who am I, and what may I do here: the first call of every client."""

from typing import Any
from urllib.parse import quote

from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import line_brief, person_brief
from coe.api.base.permissions import Door
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission, Role
from coe.models import RoleAssignment
from coe.rules.scope import lines_in_scope


class MeView(HubView):
    """The caller."""

    tag = "me"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {"GET": Operation("Who am I, and what may I do here?", answer={
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["user", "token"]},
            "display": {"type": "string"},
            "person": {"type": ["object", "null"]},
            "token": {"type": ["object", "null"]},
            "roles": {"type": "array", "items": {"type": "object"}},
            "permissions": {"type": "array", "items": {"type": "string"}},
            "sees_all": {"type": "boolean"},
            "lines": {"type": "integer", "description": "How many lines are in scope."},
            "links": {"type": "object"},
        },
    })}  # fmt: skip

    def get(self, request: Request) -> Response:
        """Answer with the caller, its roles in force and what they permit somewhere."""
        principal = self.principal
        user, token = principal.user, principal.token
        roles: list[dict[str, Any]] = []
        if user is not None:
            held = (
                RoleAssignment.objects.filter(user=user).current(self.at).order_by("role", "line__code_key")
            )
            for role, line_id, code, name in held.values_list(
                "role", "line__public_id", "line__code", "line__name"
            ):
                roles.append(
                    {"role": role, "display": str(Role(role).label), "line": line_brief(line_id, code, name)}
                )
        return Response({
            "kind": principal.kind,
            "display": principal.label,
            "person": person_brief(user.public_id, user.email, user.name) if user else None,
            "token": {
                "id": token.public_id, "name": token.name, "prefix": token.prefix, "scopes": token.scopes, "expires_at": token.expires_at,
                "line": line_brief(token.line.public_id, token.line.code, token.line.name),
            } if token else None,
            "roles": roles,
            "permissions": sorted(p.value for p in Permission if principal.holds_anywhere(p)),
            "sees_all": principal.sees_all,
            "lines": lines_in_scope(principal).count(),
            "links": _links(token.line.code if token else None),
        })  # fmt: skip


def _links(code: str | None) -> dict[str, str]:
    found = {"lines": "/api/v1/lines/", "accounts": "/api/v1/accounts/", "documentation": "/api/v1/docs/"}
    if code is not None:
        found["line"] = f"/api/v1/lines/{quote(code)}/"
    return found
