"""Admin of policies."""
