"""What may be written into an account, and how a change is put on it in memory. The services around it save."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from coe import handles
from coe.enums.accounts import CUSTODY_FIELDS
from coe.errors import Invalid
from coe.models import Platform, SocialAccount, User
from coe.services.history import changed, snapshot
from coe.services.platforms import platform_data
from coe.services.records import clean_values
from coe.services.secrets import refuse_secrets

FREE_TEXT = (
    "handle",
    "display_name",
    "purpose",
    "audience",
    "notes",
    "vault_reference",
    "retention_class",
    "archive_method",
    "tags",
    "platform_account_id",
)
PEOPLE = ("primary_owner", "backup_owner", "emergency_contact")
EDITABLE = frozenset({
    "url", "platform_account_id", "display_name", "line", "kind", "tier", "purpose", "audience", "languages", "tags", "notes",
    *PEOPLE, "publish_method", "custody_kind", "vault_reference", "recovery_email", "recovery_kind", "mfa_state", "mfa_method",
    "mfa_verified_on", "app_review_on", "allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated",
    "is_service", "last_post_at", "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on", "opened_on",
})  # fmt: skip
_LANGUAGE_LENGTH = 12


def handle_of(
    platform: Platform,
    *,
    handle: str = "",
    url: str = "",
    rules: dict[int, handles.Catalogue] | None = None,
) -> handles.ParsedHandle:
    """The handle a text or an address means on a platform. `rules` keeps what was read of each platform for the next call.

    :raises Invalid: it is no handle there, or the address belongs to another platform.
    """
    known = {} if rules is None else rules
    if platform.pk not in known:
        known[platform.pk] = handles.Catalogue([handles.Platform.from_data(platform_data(platform))])
    found = handles.identify(
        known[platform.pk], platform=platform.code, handle=handle, url=url if not handle else ""
    )
    if found.account is None:
        field, value = ("handle", handle) if handle or not url else ("url", url)
        raise Invalid.one(
            field,
            "handle_not_understood",
            _("“%(value)s” is not a handle on %(platform)s. Paste the account's address or its handle.")
            % {"value": value, "platform": platform.name},
        )
    return found.account


def clean_account(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check the values of an account's fields.

    :raises Invalid: one problem a field. :raises SecretRefused: a value looks like a password, key or token.
    """
    refuse_secrets(values, fields=FREE_TEXT)
    clean = clean_values(SocialAccount, values=values, allowed=EDITABLE)
    if "languages" in clean:
        codes = clean["languages"]
        codes = codes.replace(";", ",").split(",") if isinstance(codes, str) else codes
        if not isinstance(codes, (list, tuple)) or not all(
            isinstance(one, str) and len(one) <= _LANGUAGE_LENGTH for one in codes
        ):
            raise Invalid.one("languages", "languages_unknown", _("Write language codes, such as en or fr."))
        clean["languages"] = list(dict.fromkeys(one.strip().lower() for one in codes if one.strip()))
    if "line" in clean and clean["line"] is None:
        raise Invalid.one("line", "required", _("An account belongs to a line."))
    for name in PEOPLE:
        person = clean.get(name)
        if isinstance(person, User) and not person.is_active:
            raise Invalid.one(
                name,
                "person_inactive",
                _("%(name)s is inactive and cannot own an account.") % {"name": person},
            )
    if clean.get("primary_owner") is not None and clean.get("primary_owner") == clean.get("backup_owner"):
        raise Invalid.one(
            "backup_owner", "same_person", _("The backup owner is somebody else than the primary owner.")
        )
    return clean


def put_on(
    account: SocialAccount, *, clean: Mapping[str, Any]
) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Set clean values on an account in memory. Returns the difference for the history and the raw values from before.

    The custody revision rises when a custody field differs, which re-opens certification.
    """
    before, raw = snapshot(account), {}
    for name, value in clean.items():
        attname = SocialAccount._meta.get_field(name).attname  # type: ignore[union-attr]  # only concrete fields get here
        raw[attname] = getattr(account, attname)
        setattr(account, name, value)
    if account.primary_owner_id is not None and account.primary_owner_id == account.backup_owner_id:
        raise Invalid.one(
            "backup_owner", "same_person", _("The backup owner is somebody else than the primary owner.")
        )
    difference = changed(before, snapshot(account))
    if CUSTODY_FIELDS & difference.keys():
        raw["custody_revision"] = account.custody_revision
        account.custody_revision += 1
    raw = {name: value for name, value in raw.items() if getattr(account, name) != value}
    return difference, raw
