"""The audience of a policy over the API: its rules, whom they bind now, and their replacement."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.models import BusinessLine, Platform
from coe.rules.scope import require
from coe.services.line_codes import line_key
from governance.models import Policy
from governance.selectors.audience import Rule, preview, rules_of
from governance.services.audience import set_audience

_RULES = (
    Input(
        "rules",
        "array",
        required=True,
        note="Objects with role, line and platform; a part left out asks nothing.",
    ),
)
_ANSWER = {
    "type": "object",
    "properties": {
        "rules": {"type": "array", "items": {"type": "object"}},
        "people": {"type": "integer", "description": "Whom they bind now."},
        "by_line": {"type": "array", "items": {"type": "object"}},
        "by_role": {"type": "array", "items": {"type": "object"}},
    },
}


def _rule(place: int, data: Any) -> Rule:
    """A rule as a body tells it.

    :raises Invalid: it is no object, has other keys, or names what does not exist.
    """
    if not isinstance(data, dict) or set(data) - {"role", "line", "platform"}:
        words = _("Send objects with “role”, “line” and “platform”.")
        raise Invalid.one(f"rules/{place}", "object_expected", words)
    texts = {name: str(value) for name, value in data.items() if value}
    if any("\x00" in text for text in texts.values()):
        words = _("The value holds an invisible control character.")
        raise Invalid.one(f"rules/{place}", "control_character", words)
    found: dict[str, int | None] = {"line": None, "platform": None}
    if "line" in texts:
        found["line"] = (
            BusinessLine.objects.filter(code_key=line_key(texts["line"])).values_list("pk", flat=True).first()
        )
    if "platform" in texts:
        found["platform"] = (
            Platform.objects.filter(code=texts["platform"].lower()).values_list("pk", flat=True).first()
        )
    for name, key in found.items():
        if name in texts and key is None:
            words = _("There is no “%(text)s”.") % {"text": texts[name][:80]}
            raise Invalid.one(f"rules/{place}/{name}", "not_found", words)
    return Rule(texts.get("role", ""), found["line"], found["platform"])


class AudienceView(HubView):
    """Rules and what they mean today."""

    tag = "governance"
    permissions = {"GET": Permission.MANAGE_POLICIES, "PUT": Permission.MANAGE_POLICIES}
    operations = {
        "GET": Operation("Read whom a policy binds", answer=_ANSWER),
        "PUT": Operation(
            "Replace the rules, from now on", _RULES, answer=_ANSWER,
            example={"rules": [{"role": "account_manager"}, {"line": "EU", "platform": "x"}]},
        ),
    }  # fmt: skip

    def _policy(self, code: str) -> Policy:
        require(self.principal, Permission.MANAGE_POLICIES)
        found = Policy.objects.filter(code=code).first()
        if found is None:
            raise Http404
        return found

    def _told(self, policy: Policy) -> Response:
        rules = rules_of([policy.pk])[policy.pk]
        seen = preview(rules, principal=self.principal, at=self.at)
        lines = dict(
            BusinessLine.objects.filter(pk__in=[r.line_id for r in rules if r.line_id]).values_list(
                "pk", "code"
            )
        )
        platforms = dict(
            Platform.objects.filter(pk__in=[r.platform_id for r in rules if r.platform_id]).values_list(
                "pk", "code"
            )
        )
        return Response(
            {
                "rules": [
                    {
                        "role": rule.role or None,
                        "line": lines.get(rule.line_id or 0),
                        "platform": platforms.get(rule.platform_id or 0),
                    }
                    for rule in rules
                ],
                "people": seen.total,
                "by_line": [{"line": line.code if line else None, "people": n} for line, n in seen.by_line],
                "by_role": [{"role": role or None, "people": n} for role, n in seen.by_role],
            }
        )

    def get(self, request: Request, code: str) -> Response:
        """The audience."""
        return self._told(self._policy(code))

    @idempotent
    def put(self, request: Request, code: str) -> Response:
        """Replace it."""
        policy = self._policy(code)
        body = Body(request.data, _RULES, self.principal)
        rules = [_rule(place, one) for place, one in enumerate(body.values["rules"][:100])]
        by, at = self.principal.actor, self.at
        set_audience(
            policy, rules=rules, by=by, at=at, why=body.why, expected_revision=expected_revision(request)
        )
        return self._told(policy)
