"""Who looks at the pages of this floor."""

from tests.plugins.pages import auditor, hub, lead, log_in, tree

__all__ = ["auditor", "hub", "lead", "log_in", "tree"]
