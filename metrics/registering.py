"""What the metrics floor hangs into the registries of the ground."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.enums.roles import Permission
from coe.registries import (
    account_moved,
    demo_builders,
    demo_leavers,
    duties,
    export_kinds,
    first_steps,
    import_kinds,
    invariants,
    menu,
    panels,
    timer_kinds,
    waivable,
)
from coe.selectors.duties import DutyKind
from coe.selectors.first_steps import FirstStep
from coe.selectors.panels import Panel
from metrics.demo import leaving, programme
from metrics.engine.windows import LEARNING_WINDOWS
from metrics.selectors.first_steps import figures_reported, programme_scored, target_set
from metrics.selectors.invariants import INVARIANTS
from metrics.selectors.observations import export_rows
from metrics.selectors.rubrics import waivable_codes
from metrics.selectors.target_duties import target_duties
from metrics.services.import_observations import OBSERVATIONS
from metrics.services.rollups import move_rollups
from metrics.services.windows import WINDOWS


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("dashboard", MenuItem("", _("Dashboard"), "dashboard", "layout-dashboard"))
    menu.register(
        "lines", MenuItem("programme", _("Lines"), "line-list", "building-store", count="lines", place=10)
    )
    menu.register("metrics", MenuItem("run", _("Metrics"), "metric-list", "chart-line"))
    menu.register("rubrics", MenuItem("programme", _("Rubrics"), "rubric-list", "ladder"))
    menu.register(
        "runs", MenuItem("setup", _("Runs"), "run-list", "gauge", permission=Permission.RUN_MATURITY)
    )
    panels.register("figures", Panel("account", _("Figures"), "account-figures"))
    import_kinds.register("observations", OBSERVATIONS)
    export_kinds.register("observations", export_rows)
    for name, rows in INVARIANTS.items():
        invariants.register(name, rows)
    duties.register("target.missed", DutyKind(_("Targets that were missed"), target_duties))
    timer_kinds.register(WINDOWS, LEARNING_WINDOWS)
    waivable.register("criteria", waivable_codes)
    account_moved.register("rollups", move_rollups)
    demo_builders.register("metrics", programme.build)
    demo_leavers.register("metrics", leaving.leave)
    first_steps.register(
        "figures",
        FirstStep(
            _("Bring in the first figures"),
            _(
                "Import followers and engagement from your publishing suite, or let its token push them every day."
            ),
            "import-new",
            figures_reported,
            query="?kind=observations",
        ),
    )
    first_steps.register(
        "scores",
        FirstStep(
            _("See the first scores"),
            _("They appear by themselves within seconds of the first line; a worker must be running."),
            "line-list",
            programme_scored,
        ),
    )
    first_steps.register(
        "targets",
        FirstStep(
            _("Say what to reach"),
            _("Give a metric a target, or a line the stage it should be at: run everywhere is not the goal."),
            "metric-list",
            target_set,
        ),
    )
