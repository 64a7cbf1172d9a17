"""Admin of access."""
