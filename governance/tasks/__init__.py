"""Tasks of the governance floor: wake-up calls, each harmless twice."""

from governance.tasks.audiences import keep_audiences, tell_audience, tell_campaign

__all__ = ["keep_audiences", "tell_audience", "tell_campaign"]
