"""Admin of acknowledgements."""
