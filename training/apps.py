"""The training floor: who has learned what."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Registers the floor with Django and fills the registries of the ground."""

    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        """Hang in what the ground calls; models are loaded only now."""
        from training import registering

        registering.register()
