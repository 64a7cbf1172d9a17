"""Callers of the API."""

from tests.plugins.api import call, hub_call, line_tree, token_of

__all__ = ["call", "hub_call", "line_tree", "token_of"]
