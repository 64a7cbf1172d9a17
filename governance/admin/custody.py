"""Admin of custody."""
