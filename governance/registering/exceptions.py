"""What exceptions hang into the registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.registries import duties, export_kinds, invariants, menu, search_kinds, timer_kinds
from coe.selectors.duties import DutyKind
from governance.engine.expiry import EXCEPTION_EXPIRY
from governance.selectors import exception_duties, exception_lists
from governance.services.exceptions import EXPIRY


def register() -> None:
    """Fill the registries."""
    menu.register("exceptions", MenuItem("programme", _("Exceptions"), "exception-list", "scale", place=60))
    timer_kinds.register(EXPIRY, EXCEPTION_EXPIRY)
    duties.register("exception.decide", DutyKind(_("Exceptions to decide"), exception_duties.decide_duties))
    duties.register(
        "exception.expiring", DutyKind(_("Exceptions that end"), exception_duties.expiring_duties)
    )
    export_kinds.register("exceptions", exception_lists.export_exceptions)
    search_kinds.register("exceptions", exception_lists.search_exceptions)
    invariants.register("exceptions-ended", exception_lists.overdue_exceptions)
    invariants.register("exceptions-decided", exception_lists.own_decisions)
