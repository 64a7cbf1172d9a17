"""What the metrics floor hangs into the registries of the ground."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import menu


def register() -> None:
    """Fill the menu. An entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("dashboard", MenuItem("", _("Dashboard"), "dashboard", "layout-dashboard"))
    menu.register("lines", MenuItem("programme", _("Lines"), "line-list", "building-store", count="lines"))
    menu.register("metrics", MenuItem("run", _("Metrics"), "metric-list", "chart-line"))
