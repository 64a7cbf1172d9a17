"""Is this account ours? For everybody in the company who meets an address in the wild."""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.fields import account_brief, line_brief
from coe.api.base.permissions import Door
from coe.api.base.views import HubView, Operation
from coe.errors import Invalid
from coe.selectors.verify import Verdict, verify_url


class VerifyView(HubView):
    """The register's answer about an address: which account and whose line, no more."""

    tag = "verify"
    permissions = {"GET": Door.SIGNED_IN}
    operations = {
        "GET": Operation(
            "Is this account ours?",
            parameters=(("url", "string", "The address, or @user@host."),),
            answer={
                "type": "object",
                "properties": {
                    "is_ours": {"type": "boolean"},
                    "verdict": {"type": "string", "enum": [verdict.value for verdict in Verdict]},
                    "platform": {"type": "string"},
                    "handle": {"type": "string"},
                    "account": {"type": ["object", "null"]},
                    "line": {"type": ["object", "null"]},
                    "state": {"type": ["string", "null"]},
                    "until": {"type": ["string", "null"], "format": "date-time"},
                },
            },
        )
    }

    def get(self, request: Request) -> Response:
        """Look an address up."""
        address = request.query_params.get("url", "").strip()
        if not address or "\x00" in address or len(address) > 500:
            raise Invalid.one("url", "required", _("Give the address as ?url=…, at most 500 characters."))
        found = verify_url(address, self.at)
        account = found.account
        return Response(
            {
                "is_ours": found.verdict in (Verdict.OURS, Verdict.CO_OWNED),
                "verdict": found.verdict.value,
                "platform": found.platform,
                "handle": found.handle,
                "account": account_brief(account.public_id, account.handle, account.platform.code)
                if account
                else None,
                "line": line_brief(account.line.public_id, account.line.code, account.line.name)
                if account
                else None,
                "state": account.state if account else None,
                "until": found.until,
            }
        )
