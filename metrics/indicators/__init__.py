"""Collectors: one file per dimension. Import the registry from `metrics.indicators.registry`, the types from `.base`."""
