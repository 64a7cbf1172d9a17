"""Celery's doors into metrics. Each task says why a second run is harmless."""

from metrics.tasks import maturity

__all__ = ["maturity"]
