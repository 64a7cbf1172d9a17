"""Wake-up calls of the ground floor. The truth is in the rows; a lost message costs until the next sweep, a doubled one nothing."""

from coe.tasks.clocks import count_duties, keep_mornings, tick_timers
from coe.tasks.imports import import_apply, import_resume, import_undo
from coe.tasks.upkeep import deliver_outbox, prune

__all__ = [
    "count_duties", "deliver_outbox", "import_apply", "import_resume", "import_undo", "keep_mornings", "prune", "tick_timers",
]  # fmt: skip
