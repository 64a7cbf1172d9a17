"""The Centre itself: the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoeConfig(AppConfig):
    """Registers the ground floor and fills its registries."""

    name = "coe"
    verbose_name = _("Centre of Excellence")

    def ready(self) -> None:
        """Fill what the ground itself hangs into its registries; models are loaded only now."""
        from coe import registering

        registering.register()
