"""The columns of the register, as the list shows them and the export orders them."""

from django.utils.translation import gettext_lazy

from coe.forms.tables import Column

COLUMNS = (
    Column("handle", gettext_lazy("Account"), ("handle_key",), fixed=True),
    Column("platform", gettext_lazy("Platform"), ("platform__name", "handle_key")),
    Column("line", gettext_lazy("Line"), ("line__code_key", "handle_key")),
    Column("state", gettext_lazy("State"), ("state", "handle_key")),
    Column("tier", gettext_lazy("Tier"), ("tier", "handle_key"), num=True),
    Column("kind", gettext_lazy("Kind"), ("kind", "handle_key"), spare=True),
    Column("owner", gettext_lazy("Primary owner"), ("primary_owner__name", "handle_key")),
    Column("backup", gettext_lazy("Backup owner"), ("backup_owner__name", "handle_key")),
    Column("mfa", gettext_lazy("Second factor"), ("mfa_state", "handle_key")),
    Column("last_post", gettext_lazy("Last post"), ("last_post_at", "handle_key"), spare=True),
    Column("updated", gettext_lazy("Changed"), ("updated_at", "handle_key"), spare=True),
)
# All that a row of the list says (coe/templatetags/register.py); the register's other forty columns stay in the database.
ROW_FIELDS = (
    "public_id", "handle", "display_name", "state", "tier", "kind", "mfa_state", "last_post_at", "updated_at",
    "platform__name", "line__code", "line__name",
    *(f"{person}__{name}" for person in ("primary_owner", "backup_owner") for name in ("name", "email", "is_active")),
)  # fmt: skip
