"""What audiences, acknowledgements and campaigns hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.registries import duties, export_kinds, role_changed, timer_kinds
from coe.selectors.duties import DutyKind
from governance.engine.acknowledgement_campaigns import POLICY_CAMPAIGN
from governance.selectors.acknowledgement_duties import acknowledge_duties
from governance.selectors.acknowledgement_exports import export_acknowledgements, export_policy_coverage
from governance.services import audience
from governance.services.acknowledgement_campaigns import CAMPAIGN


def register() -> None:
    """Fill the registries."""
    role_changed.register("governance.audiences", audience.role_changed)
    duties.register("policy.acknowledge", DutyKind(_("Policies to acknowledge"), acknowledge_duties))
    timer_kinds.register(CAMPAIGN, POLICY_CAMPAIGN)
    export_kinds.register("policy-coverage", export_policy_coverage)
    export_kinds.register("acknowledgements", export_acknowledgements)
