"""What certification of accounts, discovery and leavers hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import (
    duties,
    export_kinds,
    holdings,
    import_kinds,
    invariants,
    known_outside,
    menu,
    panels,
    search_kinds,
    timer_kinds,
)
from coe.selectors.duties import DutyKind
from coe.selectors.holdings import HoldingKind
from coe.selectors.panels import Panel
from governance.engine.campaigns import CAMPAIGN_START, STARTS
from governance.selectors import certification_duties, custody_invariants as state, discovery_duties
from governance.selectors.certification_lists import export_certifications
from governance.selectors.discovery import known_findings
from governance.selectors.discovery_files import export_findings, search_findings
from governance.selectors.holdings import (
    exceptions_to_decide,
    findings_handled,
    policies_owned,
    sweeps_led,
)
from governance.services.import_findings import FINDINGS
from governance.services.passing_on import pass_on


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
    menu.register("discovery", MenuItem("run", _("Discovery"), "finding-list", "search"))
    duties.register("finding.triage", DutyKind(_("Found accounts to judge"), discovery_duties.triage_duties))
    duties.register(
        "finding.takedown", DutyKind(_("Take-downs to ask again"), discovery_duties.takedown_duties)
    )
    import_kinds.register(FINDINGS.code, FINDINGS)
    export_kinds.register("findings", export_findings)
    search_kinds.register("findings", search_findings)
    known_outside.register("findings", known_findings)
    invariants.register("findings", state.findings)
    for code, label, held in (
        ("policy", _("Policies they answer for"), policies_owned),
        ("exception", _("Exceptions they are to decide"), exceptions_to_decide),
        ("finding", _("Found accounts they handle"), findings_handled),
        ("sweep", _("Sweeps they lead"), sweeps_led),
    ):
        holdings.register(code, HoldingKind(label, held, pass_on))
