"""Callers of the API: a client with a real token, and browsers of people."""

from tests.plugins.api import call, hub_call, line_tree, token_of
from tests.plugins.pages import auditor, hub, lead, log_in, tree

__all__ = ["auditor", "call", "hub", "hub_call", "lead", "line_tree", "log_in", "token_of", "tree"]
