"""Choices of the organisation."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LineKind(TextChoices):
    """What sort of node of the organisation a line is."""

    LINE = "line", _("Line of business")
    REGION = "region", _("Region")
    BRAND = "brand", _("Brand")
    FUNCTION = "function", _("Function")


class LineStatus(TextChoices):
    """Archived lines keep their history and leave every list of work."""

    ACTIVE = "active", _("Active")
    ARCHIVED = "archived", _("Archived")
