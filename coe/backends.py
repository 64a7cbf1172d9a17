"""Log-in, with one more question: a demo log-in is known to everybody, so it opens only on the machine the demo runs on."""

import ipaddress
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from coe.models import User
from coe.rules.principals import person_with_roles


def is_demo_allowed(request: HttpRequest | None) -> bool:
    """Whether a demo log-in may be used: embedded mode, and a request that comes from this very machine."""
    if not settings.EMBEDDED or request is None:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class DemoGate:
    """Refuses demo people wherever `is_demo_allowed` says no; their sessions end with the embedded mode."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The person of these credentials, or None."""
        user: User | None = super().authenticate(request, **credentials)  # type: ignore[misc]  # a mix-in before a backend
        if user is not None and user.is_demo and not is_demo_allowed(request):
            return None
        return user

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, or None."""
        user = person_with_roles(user_id)
        if user is None or not self.user_can_authenticate(user):  # type: ignore[attr-defined]  # a mix-in before a backend
            return None
        return None if user.is_demo and not settings.EMBEDDED else user


class HubBackend(DemoGate, ModelBackend):
    """E-mail and password, as the admin asks for them."""


class HubPageBackend(DemoGate, AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password, as the log-in page asks for them."""
