"""What the ground floor hangs into its own registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.enums.roles import Permission
from coe.registries import menu


def register() -> None:
    """Fill the menu. An entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("accounts", MenuItem("run", _("Accounts"), "account-list", "at", count="accounts"))
    menu.register("people", MenuItem("programme", _("People"), "person-list", "users"))
    menu.register("imports", MenuItem("setup", _("Imports"), "import-list", "file-import", permission=Permission.IMPORT))
    menu.register("history", MenuItem("setup", _("History"), "history-list", "history", permission=Permission.VIEW_HISTORY))
    menu.register("tokens", MenuItem("setup", _("Tokens"), "token-list", "key", permission=Permission.MANAGE_TOKENS))
    menu.register("styleguide", MenuItem("setup", _("Style guide"), "styleguide", "components", is_staff=True))
    menu.register("admin", MenuItem("setup", _("Admin"), "admin:index", "settings", is_staff=True))
