"""How are we doing: the top floor below the roof."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    """Registers the floor with Django and fills the registries of the ground."""

    name = "metrics"
    verbose_name = _("Metrics and maturity")

    def ready(self) -> None:
        """Fill the registries; models are loaded only now."""
        from metrics import registering

        registering.register()
