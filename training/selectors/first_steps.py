"""What says that people learn here."""

from typing import Any

from django.db.models import Exists

from training.models import Curriculum


def curriculum_given() -> Any:
    """A curriculum asks something of a role."""
    return Exists(Curriculum.objects.live().filter(roles__isnull=False))
