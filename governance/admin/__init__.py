"""The Django admin of the governance floor: one module a subject."""

from governance.admin import access, custody, exceptions, policies

__all__ = ["access", "custody", "exceptions", "policies"]
