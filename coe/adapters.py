"""How allauth meets our people: nobody signs up by themselves; single sign-on lets in whom the hub knows."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from coe.models import User


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """People are registered by the hub, an import or single sign-on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


class KnownPeopleAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Links a verified e-mail address of the identity provider to the person who has it."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: an unknown address is a question for the hub."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect the log-in to a known, active person by verified e-mail."""
        if sociallogin.is_existing:
            return
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        user = User.objects.active().filter(email__in=verified).first()
        if user is None:
            messages.error(request, _("Nobody here has this address. Ask the hub to register you."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
