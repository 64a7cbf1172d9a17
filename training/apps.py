"""The training floor: who has learned what.

Its records come with their own issue; the floor stands so that the contracts hold from the first commit.
"""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Registers the floor with Django."""

    name = "training"
    verbose_name = _("Training")
