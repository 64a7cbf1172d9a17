"""What the metrics floor hangs into the registries of the ground."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import account_moved, demo_builders, demo_leavers, export_kinds, import_kinds, menu
from metrics.demo import leaving, programme
from metrics.selectors.observations import export_rows
from metrics.services.import_observations import OBSERVATIONS
from metrics.services.rollups import move_rollups


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("dashboard", MenuItem("", _("Dashboard"), "dashboard", "layout-dashboard"))
    menu.register("lines", MenuItem("programme", _("Lines"), "line-list", "building-store", count="lines"))
    menu.register("metrics", MenuItem("run", _("Metrics"), "metric-list", "chart-line"))
    import_kinds.register("observations", OBSERVATIONS)
    export_kinds.register("observations", export_rows)
    account_moved.register("rollups", move_rollups)
    demo_builders.register("metrics", programme.build)
    demo_leavers.register("metrics", leaving.leave)
