"""What policies hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import demo_builders, demo_leavers, duties, menu, search_kinds
from coe.selectors.duties import DutyKind
from governance.demo import leaving, programme
from governance.selectors import policy_duties, policy_search


def register() -> None:
    """Fill the registries."""
    menu.register("policies", MenuItem("programme", _("Policies"), "policy-list", "file-text"))
    duties.register("policy.review", DutyKind(_("Policies to review"), policy_duties.review_duties))
    duties.register(
        "policy.publish", DutyKind(_("Approved policies to publish"), policy_duties.publish_duties)
    )
    duties.register("policy.renew", DutyKind(_("Policies whose review is due"), policy_duties.renew_duties))
    demo_builders.register("governance", programme.build)
    demo_leavers.register("governance", leaving.leave)
    search_kinds.register("policies", policy_search.search_policies)
