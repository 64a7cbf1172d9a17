"""The governance floor: what may be done, by whom, and what when it goes wrong.

Its records come with their own issue; the floor stands so that the contracts hold from the first commit.
"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    """Registers the floor with Django."""

    name = "governance"
    verbose_name = _("Governance")
