"""The Django admin of the training floor."""

from training.admin import catalogue, content, records, sessions, systems

__all__ = ["catalogue", "content", "records", "sessions", "systems"]
