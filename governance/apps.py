"""The governance floor: what may be done, by whom, and what when it goes wrong."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    """Registers the floor with Django and fills the registries of the ground."""

    name = "governance"
    verbose_name = _("Governance")

    def ready(self) -> None:
        """Hang in what the ground calls; models are loaded only now."""
        from governance import registering

        registering.register()
