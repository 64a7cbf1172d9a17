"""What the ground floor hangs into its own registries."""

from django.utils.translation import gettext_lazy as _

from coe.context import MenuItem
from coe.demo import register as demo_register
from coe.engine import mornings
from coe.engine.digests import DIGEST
from coe.engine.kinds import TimerKind
from coe.enums.roles import Permission
from coe.registries import (
    demo_builders,
    duties,
    export_kinds,
    first_steps,
    holdings,
    import_kinds,
    invariants,
    mail_kinds,
    menu,
    search_kinds,
    timer_kinds,
)
from coe.selectors import account_duties, ground_holdings, invariants as state
from coe.selectors.duties import DutyKind
from coe.selectors.exports import export_accounts, export_lines, export_people
from coe.selectors.first_steps import (
    FirstStep,
    accounts_registered,
    lead_named,
    lines_exist,
    organisation_named,
)
from coe.selectors.holdings import HoldingKind
from coe.selectors.search import search_accounts, search_lines, search_people
from coe.services.handing_over import hand_over_accounts
from coe.services.import_accounts import ACCOUNTS
from coe.services.import_lines import LINES
from coe.services.import_people import PEOPLE


def register() -> None:
    """Fill menu, import, export and search kinds. An entry whose page does not exist is not drawn (see `coe.context`)."""
    menu.register("duties", MenuItem("me", _("My duties"), "my-duties", "checklist", count="duties"))
    menu.register("accounts", MenuItem("run", _("Accounts"), "account-list", "at", count="accounts"))
    menu.register("people", MenuItem("programme", _("People"), "person-list", "users"))
    menu.register(
        "imports", MenuItem("setup", _("Imports"), "import-list", "file-import", permission=Permission.IMPORT)
    )
    menu.register("calendars", MenuItem("setup", _("Calendars"), "calendar-list", "calendar"))
    menu.register(
        "tags", MenuItem("setup", _("Tags"), "tag-list", "tags", permission=Permission.MANAGE_LINES)
    )
    menu.register(
        "organisation",
        MenuItem("setup", _("Organisation"), "organisation", "building", permission=Permission.ADMINISTER),
    )
    menu.register(
        "history",
        MenuItem("setup", _("History"), "history-list", "history", permission=Permission.VIEW_HISTORY),
    )
    menu.register(
        "tokens", MenuItem("setup", _("Tokens"), "token-list", "key", permission=Permission.MANAGE_TOKENS)
    )
    menu.register(
        "styleguide", MenuItem("setup", _("Style guide"), "styleguide", "components", is_staff=True)
    )
    menu.register("admin", MenuItem("setup", _("Admin"), "admin:index", "settings", is_staff=True))
    demo_builders.register("coe", demo_register.build)
    for kind in (LINES, PEOPLE, ACCOUNTS):
        import_kinds.register(kind.code, kind)
    export_kinds.register("lines", export_lines)
    export_kinds.register("people", export_people)
    export_kinds.register("accounts", export_accounts)
    duties.register("account.owner", DutyKind(_("Accounts without an owner"), account_duties.owner_duties))
    duties.register("account.request", DutyKind(_("Requested accounts"), account_duties.request_duties))
    duties.register("platform.terms", DutyKind(_("Terms of platforms"), account_duties.terms_duties))
    duties.register("token.expiry", DutyKind(_("Service tokens that expire"), account_duties.token_duties))
    timer_kinds.register(
        mornings.KIND, TimerKind(_("Morning of a person"), mornings.look, check=mornings.who_has_left)
    )
    mail_kinds.register(DIGEST, _("The week's duties, on Mondays"))
    search_kinds.register("lines", search_lines)
    search_kinds.register("accounts", search_accounts)
    search_kinds.register("people", search_people)
    duties.register("person.left", DutyKind(_("What leavers left behind"), ground_holdings.left_duties))
    _register_holdings()
    _register_first_steps()


def _register_holdings() -> None:
    for code, label, held in (
        ("account.primary", _("Accounts they own"), ground_holdings.accounts_owned),
        ("account.backup", _("Accounts they back up"), ground_holdings.accounts_backed),
        (
            "account.emergency",
            _("Accounts whose emergency contact they are"),
            ground_holdings.accounts_called,
        ),
    ):
        holdings.register(code, HoldingKind(label, held, hand_over_accounts))
    holdings.register(
        "role",
        HoldingKind(_("Roles"), ground_holdings.roles_held, note=_("They end when the person leaves.")),
    )
    holdings.register(
        "token",
        HoldingKind(
            _("Service tokens they made"),
            ground_holdings.tokens_made,
            note=_("They go on; revoke those that nobody needs."),
        ),
    )


def _register_first_steps() -> None:
    first_steps.register(
        "organisation",
        FirstStep(
            _("Name your company"),
            _("Its time zone says when a day ends, its mail domains which mailboxes are corporate."),
            "organisation",
            organisation_named,
            permission=Permission.ADMINISTER,
        ),
    )
    first_steps.register(
        "lines",
        FirstStep(
            _("Draw your lines of business"),
            _("Everything hangs on them: regions, brands, functions. Create the first, or import your list."),
            "line-create",
            lines_exist,
        ),
    )
    first_steps.register(
        "people",
        FirstStep(
            _("Name who leads a line"),
            _("Add the person, then give them the role on their page."),
            "person-create",
            lead_named,
        ),
    )
    first_steps.register(
        "accounts",
        FirstStep(
            _("Register the accounts you know"),
            _(
                "Paste an address, or import the spreadsheet you have: a dry run says line by line what it would do."
            ),
            "account-create",
            accounts_registered,
        ),
    )
    for name, rows in (
        ("closure", state.closure),
        ("depths", state.depths),
        ("archived-lines", state.archived_lines),
        ("co-owners", state.co_owners),
        ("leavers", state.leavers),
        ("unread-notices", state.unread_notices),
        ("timers", state.timers),
        ("waiting-files", state.waiting_files),
    ):
        invariants.register(name, rows)
