"""What the training floor hangs into the registries of the ground."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.enums.roles import Permission
from coe.registries import (
    demo_builders,
    demo_leavers,
    duties,
    export_kinds,
    first_steps,
    holdings,
    import_kinds,
    invariants,
    menu,
    role_changed,
    search_kinds,
    timer_kinds,
)
from coe.selectors.duties import DutyKind
from coe.selectors.first_steps import FirstStep
from coe.selectors.holdings import HoldingKind
from training.demo import leaving, school
from training.engine.expiry import CERTIFICATE_EXPIRY
from training.selectors import exports, invariants as state, search, training_duties
from training.selectors.first_steps import curriculum_given
from training.selectors.holdings import sessions_taught
from training.services import enrolments
from training.services.certificates import EXPIRY
from training.services.handing_over import hand_over_sessions
from training.services.import_completions import COMPLETIONS


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("training", MenuItem("programme", _("Training"), "training", "school"))
    role_changed.register("training", enrolments.role_changed)
    timer_kinds.register(EXPIRY, CERTIFICATE_EXPIRY)
    duties.register("training.course", DutyKind(_("Courses to complete"), training_duties.course_duties))
    duties.register("training.renewal", DutyKind(_("Certificates to renew"), training_duties.renewal_duties))
    import_kinds.register(COMPLETIONS.code, COMPLETIONS)
    export_kinds.register("completions", exports.export_completions)
    export_kinds.register("coverage", exports.export_coverage)
    search_kinds.register("courses", search.search_courses)
    search_kinds.register("curricula", search.search_curricula)
    first_steps.register(
        "training",
        FirstStep(
            _("Say who learns what"),
            _(
                "Load the eight learning paths that ship (manage.py load_paths), or write a curriculum for a role."
            ),
            "curriculum-create",
            curriculum_given,
            permission=Permission.MANAGE_TRAINING,
        ),
    )
    demo_builders.register("training", school.build)
    demo_leavers.register("training", leaving.leave)
    holdings.register(
        "session", HoldingKind(_("Sessions they will teach"), sessions_taught, hand_over_sessions)
    )
    for name, rows in (
        ("certificates", state.certificates),
        ("completions", state.completions),
        ("requirements", state.requirements),
        ("archived-curricula", state.archived_curricula),
        ("seats", state.seats),
    ):
        invariants.register(name, rows)
