"""What access rules, grants and their reviews hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import (
    duties,
    export_kinds,
    holdings,
    invariants,
    menu,
    panels,
    person_left,
    role_changed,
    timer_kinds,
)
from coe.selectors.duties import DutyKind
from coe.selectors.holdings import HoldingKind
from coe.selectors.panels import Panel
from governance.engine.access import ACCESS_EXPIRY
from governance.selectors import access_duties, access_lists
from governance.services import grants


def register() -> None:
    """Fill the registries."""
    menu.register("access", MenuItem("run", _("Access"), "access-list", "key", place=60))
    panels.register("access", Panel("account", _("Who has access"), "account-access"))
    timer_kinds.register(grants.EXPIRY, ACCESS_EXPIRY)
    duties.register("access.review", DutyKind(_("Access to confirm"), access_duties.review_duties))
    duties.register(
        "access.revoke", DutyKind(_("Access to decide and to take back"), access_duties.revoke_duties)
    )
    export_kinds.register("access", access_lists.export_grants)
    holdings.register("access", HoldingKind(_("Access"), access_lists.held_by))
    person_left.register("access", grants.person_left)
    role_changed.register("access", grants.role_changed)
    invariants.register("access-grounds", access_lists.groundless)
    invariants.register("access-ends", access_lists.unended)
