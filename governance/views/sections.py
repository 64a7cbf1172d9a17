"""The sections of policies, the same above each of their pages."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from governance.rules.policies import writes_policies


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Label, address and whether it is the current one, of each section the reader may open."""
    principal = request.principal
    pages = [
        ("policy-list", _("Policies")),
        ("my-policies", _("My policies")),
        ("policy-coverage", _("Coverage")),
    ]
    if principal.holds_anywhere(Permission.RECORD_ACKNOWLEDGEMENT) or principal.sees_all:
        pages.append(("policy-campaigns", _("Campaigns")))
    if writes_policies(principal):
        pages.append(("policy-library", _("Model texts")))
    return [{"label": label, "url": reverse(name), "current": name == current} for name, label in pages]
