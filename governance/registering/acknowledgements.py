"""What audiences, acknowledgements and campaigns hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.registries import duties, role_changed
from coe.selectors.duties import DutyKind
from governance.selectors.acknowledgement_duties import acknowledge_duties
from governance.services import audience


def register() -> None:
    """Fill the registries."""
    role_changed.register("governance.audiences", audience.role_changed)
    duties.register("policy.acknowledge", DutyKind(_("Policies to acknowledge"), acknowledge_duties))
