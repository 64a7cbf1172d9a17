"""Governance: services."""
