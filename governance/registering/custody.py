"""What certification of accounts, discovery and leavers hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import duties, export_kinds, invariants, menu, panels, timer_kinds
from coe.selectors.duties import DutyKind
from coe.selectors.panels import Panel
from governance.engine.campaigns import CAMPAIGN_START, STARTS
from governance.selectors import certification_duties, custody_invariants as state
from governance.selectors.certification_lists import export_certifications


def register() -> None:
    """Fill the registries."""
    menu.register("certification", MenuItem("run", _("Certification"), "certification-list", "shield-check"))
    panels.register("certification", Panel("account", _("Certification"), "account-certification"))
    duties.register(
        "account.certify", DutyKind(_("Accounts to certify"), certification_duties.certify_duties)
    )
    timer_kinds.register(STARTS, CAMPAIGN_START)
    export_kinds.register("certifications", export_certifications)
    invariants.register("account-certifications", state.certifications)
    invariants.register("certification-campaigns", state.campaigns)
