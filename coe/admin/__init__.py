"""The Django admin of the ground floor."""

from coe.admin import ground, organisation, register, setup

__all__ = ["ground", "organisation", "register", "setup"]
