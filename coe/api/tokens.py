"""Service tokens of the caller's lines. People make them; a token makes none."""

import datetime as dt
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.bulk import ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, line_field, plain
from coe.api.base.idempotency import SecretResponse, idempotent
from coe.api.base.queries import moment
from coe.api.base.views import HubView, Operation
from coe.api.relations import LINE
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.models import ServiceToken
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, require
from coe.services.tokens import create_token, revoke_token, rotate_token


def tokens_managed(principal: Principal) -> QuerySet[ServiceToken]:
    """Tokens of the lines on which the caller manages them."""
    return ServiceToken.objects.filter(line__in=allowed_lines(principal, Permission.MANAGE_TOKENS))


TOKENS = Resource(
    name="Token",
    plural="tokens",
    rows=tokens_managed,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/tokens/{key}/"),
        Field("display", ("name",)),
        plain("name"),
        plain("prefix"),
        line_field(),
        plain("scopes", "strings"),
        plain("expires_at", "datetime"),
        plain("last_used_at", "datetime", nullable=True),
        plain("revoked_at", "datetime", nullable=True),
        plain("revision", "integer"),
        plain("created_at", "datetime"),
    ),
    filters=(
        Filter("name", "name"),
        Filter("prefix", "prefix"),
        Filter("expires_at", "expires_at", "datetime"),
        Filter("revoked_at", "revoked_at", "datetime"),
        Filter("last_used_at", "last_used_at", "datetime"),
    ),
    ordering={
        "name": "name",
        "expires_at": "expires_at",
        "last_used_at": "last_used_at",
        "created_at": "created_at",
    },
    default=("-created_at",),
    description="Tokens of the lines on which you manage them. Secrets are never listed.",
)
CREATE = (
    Input("line", relation=LINE, required=True),
    Input("name", required=True),
    Input("scopes", "strings", required=True),
    Input("expires_at", "datetime", required=True),
)
ROTATE = (Input("expires_at", "datetime", required=True),)
_SECRET = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "secret": {"type": "string", "description": "Shown once."},
    },
}


def _expiry(text: str) -> dt.datetime:
    try:
        return moment(text)
    except (ValueError, OverflowError) as error:
        raise Invalid.one(
            "expires_at", "datetime_expected", _("Write a time such as 2027-01-31T12:00:00Z, or a day.")
        ) from error


class _TokenView(HubView):
    resource = TOKENS
    tag = "tokens"

    def token(self, public_id: UUID) -> ServiceToken:
        """The token on the caller's lines; 404 otherwise."""
        found = tokens_managed(self.principal).select_related("line").filter(public_id=public_id).first()
        if found is None:
            raise Http404
        require(self.principal, Permission.MANAGE_TOKENS, found.line_id)
        return found

    def secret(self, token: ServiceToken, plain_text: str) -> Response:
        """The one answer that shows a secret."""
        shown = self.told(TOKENS, rows=ServiceToken.objects.all(), status=201, pk=token.pk)
        headers = {"Location": shown["Location"], "ETag": shown["ETag"], "Cache-Control": "no-store"}
        return SecretResponse(
            {**shown.data, "secret": plain_text}, shown_once="secret", status=201, headers=headers
        )


class TokenListView(_TokenView, ManyView):
    """Tokens."""

    permissions = dict.fromkeys(("GET", "POST", "DELETE"), Permission.MANAGE_TOKENS)
    operations = {
        "GET": Operation("List tokens", is_list=True),
        "DELETE": Operation("Revoke several tokens at once, all or nothing", takes_array=True),
        "POST": Operation("Make a token; its secret is shown once", CREATE, answer=_SECRET, status=201),
    }

    def get(self, request: Request) -> Response:
        """A page of tokens."""
        return self.listed(TOKENS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Make a token."""
        body = Body(request.data, CREATE, self.principal)
        require(self.principal, Permission.MANAGE_TOKENS, body.values["line"].pk)
        values = {**body.values, "expires_at": _expiry(body.values["expires_at"])}
        return self.secret(*create_token(**values, by=self.principal.actor, at=self.at, why=body.why))

    def delete(self, request: Request) -> Response:
        """Revoke tokens; the rows stay."""

        def remove(token: ServiceToken, why: str, revision: int | None) -> ServiceToken:
            require(self.principal, Permission.MANAGE_TOKENS, token.line_id)
            return revoke_token(
                token, by=self.principal.actor, at=self.at, why=why, expected_revision=revision
            )

        return self.remove_each(remove, rows=tokens_managed(self.principal), resource=TOKENS)


class TokenDetailView(_TokenView):
    """One token; deleting it revokes it, the row stays."""

    permissions = {"GET": Permission.MANAGE_TOKENS, "DELETE": Permission.MANAGE_TOKENS}
    operations = {"GET": Operation("Read a token"), "DELETE": Operation("Revoke a token at once")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The token, without its secret."""
        return self.told(TOKENS, public_id=public_id)

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Revoke it."""
        token = revoke_token(
            self.token(public_id),
            by=self.principal.actor,
            at=self.at,
            expected_revision=expected_revision(request),
        )
        return self.told(TOKENS, rows=ServiceToken.objects.all(), pk=token.pk)


class TokenRotateView(_TokenView):
    """Replacing a token with an overlap."""

    permissions = {"POST": Permission.MANAGE_TOKENS}
    operations = {
        "POST": Operation(
            "Make a successor; the old token works for seven more days", ROTATE, answer=_SECRET, status=201
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Rotate it."""
        token = self.token(public_id)
        body = Body(request.data, ROTATE, self.principal)
        return self.secret(
            *rotate_token(
                token,
                expires_at=_expiry(body.values["expires_at"]),
                by=self.principal.actor,
                at=self.at,
                why=body.why,
            )
        )
