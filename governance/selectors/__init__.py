"""Governance: selectors."""
