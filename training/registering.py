"""What the training floor hangs into the registries of the ground."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import demo_builders, demo_leavers, export_kinds, menu, role_changed
from training.demo import leaving, school
from training.selectors import exports
from training.services import enrolments


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("training", MenuItem("programme", _("Training"), "training", "school"))
    role_changed.register("training", enrolments.role_changed)
    demo_builders.register("training", school.build)
    demo_leavers.register("training", leaving.leave)
    export_kinds.register("completions", exports.export_completions)
    export_kinds.register("coverage", exports.export_coverage)
