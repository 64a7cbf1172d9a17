"""Who asks: a service token in the Authorization header, or a person with a session (for the browsable pages)."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from coe.models import ServiceToken
from coe.rules.principals import principal_of_token
from coe.services.tokens import authenticate


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer coe_…`. The token becomes the request's principal."""

    def authenticate(self, request: Request) -> tuple[Any, ServiceToken] | None:
        """The token behind the header, or None when there is no such header."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        secret = self.secret_of(words)
        now = timezone.now()
        token = authenticate(secret, at=now)
        if token is None:
            raise AuthenticationFailed(
                _(
                    "This token is unknown, revoked or expired, or its line is archived. Make a new one on the tokens page."
                )
            )
        request._request.principal = principal_of_token(token, now)
        return AnonymousUser(), token

    def secret_of(self, words: list[bytes]) -> str:
        """The secret in the header's words.

        :raises AuthenticationFailed: the header has another form.
        """
        if words[0].lower() != b"bearer" or len(words) != 2:
            raise AuthenticationFailed(_("Send the token as “Authorization: Bearer coe_…”."))
        return words[1].decode("latin-1")

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="coe-hub"'


class HubSessionAuthentication(SessionAuthentication):
    """The session of the pages; writes need the CSRF token as pages do. The middleware has set the principal already."""
