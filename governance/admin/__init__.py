"""The Django admin of the governance floor: one module a subject."""

from governance.admin import access, acknowledgements, custody, discovery, exceptions, policies

__all__ = ["access", "acknowledgements", "custody", "discovery", "exceptions", "policies"]
