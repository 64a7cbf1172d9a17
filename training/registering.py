"""What the training floor hangs into the registries of the ground."""

from coe.registries import demo_leavers, role_changed
from training.demo import leaving
from training.services import enrolments


def register() -> None:
    """Fill the registries. A menu entry whose page does not exist is not drawn (see `coe.context`)."""
    role_changed.register("training", enrolments.role_changed)
    demo_leavers.register("training", leaving.leave)
