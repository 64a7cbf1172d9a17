"""Admin of exceptions."""
