"""Form fields that pages of governance share."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coe.models import SocialAccount


class AccountField(forms.CharField):
    """An account by platform and handle, as twitter/ourbrand. A list of thousands would be longer than the page.

    A form must say by `offer` among which accounts one may choose. Somebody else's account and none get the same answer.
    """

    accounts: QuerySet[SocialAccount] = SocialAccount.objects.none()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": _("Platform and handle, as twitter/ourbrand."), **kwargs})
        self.widget.attrs["autocomplete"] = "off"

    def offer(self, accounts: QuerySet[SocialAccount]) -> None:
        """Choose from these accounts."""
        self.accounts = accounts.select_related("line", "platform")

    def prepare_value(self, value: Any) -> Any:
        """An id, as links carry it, is shown as platform and handle."""
        key = _uuid(value) if isinstance(value, str) else None
        found = self.accounts.filter(public_id=key).first() if key else None
        return f"{found.platform.code}/{found.handle}" if found else value

    def clean(self, value: Any) -> SocialAccount | None:
        """The account, or None when the field is left empty."""
        text = super().clean(value).strip()
        if not text:
            return None
        key = _uuid(text)
        if key is not None:
            rows = self.accounts.filter(public_id=key)
        else:
            platform, _slash, handle = text.rpartition("/")
            rows = self.accounts.filter(handle_key=handle.lstrip("@").casefold())
            rows = rows.filter(platform__code=platform.strip().lower()) if platform else rows
        found = list(rows[:2])
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several accounts have this handle; write the platform before it, as twitter/ourbrand.")
            )
        if not found:
            raise forms.ValidationError(_("You see no account “%(text)s”."), params={"text": text[:80]})
        return found[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
