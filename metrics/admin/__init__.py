"""The Django admin of the metrics floor."""

from metrics.admin import aims, figures, maturity

__all__ = ["aims", "figures", "maturity"]
