"""Tasks of the training floor: wake-up calls, each harmless twice."""

from training.tasks.enrolments import keep_enrolments
from training.tasks.statements import judge_parked_statements

__all__ = ["judge_parked_statements", "keep_enrolments"]
