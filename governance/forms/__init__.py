"""Governance: forms."""
