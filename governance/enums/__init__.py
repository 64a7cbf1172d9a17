"""Choices of the governance floor, and what may follow what, as data."""
