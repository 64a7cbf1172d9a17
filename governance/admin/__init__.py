"""The Django admin of the governance floor: one module a subject."""

<<<<<<< HEAD
from governance.admin import access, acknowledgements, custody, exceptions, policies

__all__ = ["access", "acknowledgements", "custody", "exceptions", "policies"]
=======
from governance.admin import access, custody, discovery, exceptions, policies

__all__ = ["access", "custody", "discovery", "exceptions", "policies"]
>>>>>>> 11c2259 (Accounts outside the register are reported, judged and followed: sweeps, findings, evidence, import, verify)
