"""Governance: rules."""
