"""Every action of every view names the permission it needs; a view that forgot is a bug and says so."""

from enum import Enum
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from coe.enums.roles import Permission


class Door(Enum):
    """What is open to whoever is signed in, whatever they may do."""

    SIGNED_IN = "signed_in"


class DeclaredPermission(BasePermission):
    """Asks whether the caller holds the declared permission anywhere; the view asks again for the line of the record."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may knock at all.

        :raises ImproperlyConfigured: the view declares nothing for this method.
        """
        method = {"HEAD": "GET", "OPTIONS": "GET"}.get(request.method, request.method)
        declared = getattr(view, "permissions", {})
        if method not in declared:
            if not hasattr(view, method.lower()):
                return True
            raise ImproperlyConfigured(f"{type(view).__name__} declares no permission for {method}")
        principal = request._request.principal
        if principal.kind == "anonymous":
            return False
        needed: Permission | Door = declared[method]
        self.message = _("You may not do this. Ask the hub for the role it needs.")
        return needed is Door.SIGNED_IN or principal.holds_anywhere(needed)
