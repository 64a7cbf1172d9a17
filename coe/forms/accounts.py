"""Forms of the account pages: filters, registration, edit, bulk edit, change of state."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from coe import handles
from coe.enums.accounts import AccountKind, AccountState, AccountTier, MfaState
from coe.forms.fields import (
    DayInput,
    LineField,
    LinesField,
    MomentInput,
    PersonField,
    WordsField,
    offer_people,
)
from coe.models import BusinessLine, Platform, SocialAccount, Tag, User
from coe.services.platforms import catalogue

OWNER_CHOICES = [
    ("", _("Any owner")),
    ("mine", _("Owned by me")),
    ("none", _("No owner")),
    ("one", _("One owner only")),
    ("gone", _("An owner has left")),
]
SECTIONS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("identity", _("Identity"), ("display_name", "url", "platform_account_id", "opened_on")),
    ("business", _("Business"), ("line", "kind", "tier", "purpose", "audience", "languages", "tags", "notes")),
    ("owners", _("People"), ("primary_owner", "backup_owner", "emergency_contact")),
    (
        "custody",
        _("Custody"),
        (
            "publish_method", "custody_kind", "vault_reference", "recovery_email", "recovery_kind",
            "mfa_state", "mfa_method", "mfa_verified_on", "app_review_on",
        ),
    ),
    (
        "compliance",
        _("Compliance"),
        ("allows_comments", "comment_policy_url", "retention_class", "archive_method", "is_regulated", "is_service"),
    ),
    (
        "activity",
        _("Activity"),
        ("last_post_at", "planned_cadence_days", "dormancy_limit_days", "dormant_decision", "dormant_decision_on"),
    ),
)  # fmt: skip
_OURS = (
    "line",
    "languages",
    "tags",
    "primary_owner",
    "backup_owner",
    "emergency_contact",
    "comment_policy_url",
    "last_post_at",
)
_OF_MODEL = tuple(name for _key, _title, names in SECTIONS for name in names if name not in _OURS)
_DAYS = ("opened_on", "mfa_verified_on", "app_review_on", "dormant_decision_on")
_PEOPLE = ("primary_owner", "backup_owner", "emergency_contact")


class AccountFilterForm(forms.Form):
    """What the register may be narrowed by. Nonsense in the address is ignored field by field, never a 500."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    line = LineField(
        BusinessLine.objects.none(),
        label=_("Line"),
        required=False,
        to_field_name="code",
        empty_label=_("All lines"),
    )
    platform = forms.ModelChoiceField(
        Platform.objects.none(),
        label=_("Platform"),
        required=False,
        to_field_name="code",
        empty_label=_("All platforms"),
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    tier = forms.TypedChoiceField(label=_("Tier"), required=False, coerce=int, empty_value=None)
    owner = forms.ChoiceField(label=_("Owner"), required=False, choices=OWNER_CHOICES)
    mfa = forms.ChoiceField(label=_("Second factor"), required=False)
    tag = forms.ModelChoiceField(
        Tag.objects.none(), label=_("Tag"), required=False, to_field_name="key", empty_label=_("Any tag")
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        lines: QuerySet[BusinessLine],
        tags: QuerySet[Tag],
        is_shown: bool = True,
    ) -> None:
        super().__init__(data)
        self.fields["line"].offer(lines, is_shown=is_shown)
        self.fields["platform"].queryset = Platform.objects.all()
        self.fields["tag"].queryset = tags
        self.fields["state"].choices = [
            ("", _("In the register")),
            ("any", _("All, with archived")),
            *AccountState.choices,
        ]
        self.fields["tier"].choices = [("", _("Any tier")), *AccountTier.choices]
        self.fields["mfa"].choices = [("", _("Any")), *MfaState.choices]

    def criteria(self) -> dict[str, Any]:
        """What was asked for and is valid; an unknown line or state narrows nothing but is said at its field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class AccountForm(forms.Form):
    """Every field a person may edit, in sections; `changes()` holds only what differs from the account as read."""

    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("One sentence for the history: who asked, which ticket."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        account: SocialAccount,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
    ) -> None:
        super().__init__(data, initial=initial_of(account))
        made = fields_for_model(
            SocialAccount,
            fields=_OF_MODEL,
            widgets={
                **dict.fromkeys(_DAYS, DayInput),
                "purpose": forms.Textarea(attrs={"rows": 2}),
                "notes": forms.Textarea(attrs={"rows": 3}),
            },
        )
        made |= {
            "line": LineField(lines, label=_("Line")),
            "languages": WordsField(
                label=_("Languages"), required=False, help_text=_("Codes with commas between them: en, fr")
            ),
            "tags": WordsField(
                label=_("Tags"), required=False, help_text=_("Words with commas between them.")
            ),
            "primary_owner": PersonField(label=_("Primary owner"), required=False),
            "backup_owner": PersonField(label=_("Backup owner"), required=False),
            "emergency_contact": PersonField(label=_("Emergency contact"), required=False),
            "comment_policy_url": forms.URLField(
                label=_("Comment policy"), required=False, assume_scheme="https", max_length=500
            ),
            "last_post_at": forms.DateTimeField(label=_("Last post"), required=False, widget=MomentInput),
        }
        made["vault_reference"].widget.attrs["autocomplete"] = "off"
        last = {name: self.fields.pop(name) for name in ("why", "revision")}
        self.fields.update({name: made[name] for _key, _title, names in SECTIONS for name in names} | last)
        offer_people(self, people)

    @property
    def sections(self) -> Iterator[dict[str, Any]]:
        """Sections for the page, each with its bound fields."""
        for key, title, names in SECTIONS:
            yield {"key": key, "title": title, "fields": [self[name] for name in names]}

    def changes(self) -> dict[str, Any]:
        """The fields that the person changed, as the service takes them."""
        return {
            name: self.cleaned_data[name] for name in self.changed_data if name not in ("why", "revision")
        }


def initial_of(account: SocialAccount) -> dict[str, Any]:
    """The account as the form shows it: people by e-mail, tags and languages as lists, the clock without seconds."""
    values: dict[str, Any] = {name: getattr(account, name) for name in _OF_MODEL}
    for name in _PEOPLE:
        person = getattr(account, name)
        values[name] = person.email if person else ""
    last_post = account.last_post_at
    return values | {
        "line": account.line_id,
        "languages": account.languages,
        "tags": [tag.name for tag in account.tags.all()],
        "comment_policy_url": account.comment_policy_url,
        "last_post_at": last_post.replace(second=0, microsecond=0) if last_post else None,
        "revision": account.revision,
    }


class AccountCreateForm(forms.Form):
    """A new account from its address: paste the URL, choose the line. The rest can be filled in afterwards."""

    address = forms.CharField(
        label=_("Address of the account"),
        max_length=500,
        help_text=_("Paste the URL of the profile. The hub reads platform and handle from it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    platform = forms.ModelChoiceField(
        Platform.objects.none(), label=_("Platform"), required=False, empty_label=_("Read from the address"),
        help_text=_("Only needed when you gave a handle such as @name instead of a URL."),
    )  # fmt: skip
    line = LineField(BusinessLine.objects.none(), label=_("Line"), empty_label=_("Choose the owning line"))
    display_name = forms.CharField(label=_("Display name"), required=False, max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=AccountKind.choices, initial=AccountKind.BRAND)
    tier = forms.TypedChoiceField(
        label=_("Tier"), choices=AccountTier.choices, coerce=int, initial=AccountTier.TIER_3,
        help_text=_("Tier 1 is the company's own voice."),
    )  # fmt: skip
    purpose = forms.CharField(label=_("Purpose"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    primary_owner = PersonField(label=_("Primary owner"), required=False)
    backup_owner = PersonField(label=_("Backup owner"), required=False)
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("One sentence for the history: who asked, which ticket."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        offer_people(self, people)
        self.fields["line"].queryset = lines
        self.fields["platform"].queryset = Platform.objects.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        """Read platform and handle from the address; a bare handle needs the platform beside it."""
        cleaned = super().clean() or self.cleaned_data
        address = cleaned.get("address", "")
        is_url = "/" in address
        if address and not cleaned.get("platform") and "platform" not in self.errors:
            found = handles.parse_url(address, catalogue()) if is_url else None
            cleaned["platform"] = Platform.objects.filter(code=found.platform).first() if found else None
            if cleaned["platform"] is None and is_url:
                self.add_error(
                    "address",
                    _(
                        "The hub does not know this kind of address. Choose the platform and give the handle instead."
                    ),
                )
            elif cleaned["platform"] is None:
                self.add_error(
                    "platform", _("Choose the platform of this handle, or paste the whole address.")
                )
        cleaned["url" if is_url else "handle"] = address
        return cleaned

    def values(self) -> dict[str, Any]:
        """The new account as the service takes it."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("address", "why") and value not in (None, "")
        }


class RenameForm(forms.Form):
    """The account has another handle now; the old one stays in its history."""

    handle = forms.CharField(
        label=_("New handle or address"),
        max_length=500,
        help_text=_("The account stays ours under its new name; the old handle is kept."),
    )
    why = forms.CharField(label=_("Why"), required=False, max_length=500)


class BulkEditForm(forms.Form):
    """One change for many accounts; what is left empty stays as it is."""

    line = LineField(
        BusinessLine.objects.none(), label=_("Line"), required=False, empty_label=_("Leave as it is")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    tier = forms.TypedChoiceField(label=_("Tier"), required=False, coerce=int, empty_value=None)
    primary_owner = PersonField(label=_("Primary owner"), required=False)
    backup_owner = PersonField(label=_("Backup owner"), required=False)
    add_tags = WordsField(label=_("Add tags"), required=False, help_text=_("Words with commas between them."))
    remove_tags = WordsField(label=_("Remove tags"), required=False)
    why = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("One sentence for the history: who asked, which ticket."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine],
        people: QuerySet[User],
    ) -> None:
        super().__init__(data)
        offer_people(self, people)
        keep = ("", _("Leave as it is"))
        self.fields["line"].queryset = lines
        self.fields["kind"].choices = [keep, *AccountKind.choices]
        self.fields["tier"].choices = [keep, *AccountTier.choices]

    def clean(self) -> dict[str, Any]:
        """Something must be asked for."""
        cleaned = super().clean() or self.cleaned_data
        if (
            not self.errors
            and not self.changes()
            and not cleaned.get("add_tags")
            and not cleaned.get("remove_tags")
        ):
            raise forms.ValidationError(_("Nothing to change: fill in at least one field."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Plain fields that were filled in."""
        names = ("line", "kind", "tier", "primary_owner", "backup_owner")
        return {
            name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name) not in (None, "")
        }


class CoOwnersForm(forms.Form):
    """The lines that share an account; they read it, they never write it. Named by code, so that the page lists no line."""

    lines = LinesField(BusinessLine.objects.none(), label=_("Co-owning lines"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: QuerySet[BusinessLine] | None,
        chosen: list[str],
    ) -> None:
        super().__init__(data, initial={"lines": chosen})
        if lines is not None:
            self.fields["lines"].queryset = lines


class JournalForm(forms.Form):
    """A note on a record."""

    body = forms.CharField(label=_("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
