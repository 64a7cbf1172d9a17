"""The duty to certify an account: of its primary owner, of the backup owner while the primary is not there."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coe.models import LineClosure, SocialAccount, User
from coe.selectors.duties import Duty
from governance.enums.certification import Standing
from governance.models import CertificationCampaign
from governance.rules.certification import AFTER_CHANGE
from governance.selectors.certification import (
    Reopened,
    campaign_of,
    due_of,
    reopened,
    running_campaigns,
    with_standing,
)

_REMIND = (30, 7, 1)


def _joined(names: Collection[str]) -> str:
    return ", ".join(str(SocialAccount._meta.get_field(name).verbose_name) for name in names)


# Joined when it is read, in the reader's language.
_names = lazy(_joined, str)


def changes_in_words(found: Reopened | None) -> str | Promise:
    """Which fields changed, by their names on the account's page."""
    if found is None:
        return _("Custody or owners changed since the last certification.")
    return format_lazy(_("Changed since the last certification: {fields}."), fields=_names(found.fields))


def _asked(people: Collection[User]) -> Q:
    ids = [person.pk for person in people]
    absent = Q(primary_owner__isnull=True) | Q(primary_owner__is_active=False)
    return Q(primary_owner__in=ids) | (Q(backup_owner__in=ids) & absent)


def certify_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Live accounts that ask for a certification: never certified, due within 30 days, re-opened, or asked for by a campaign.

    At most six queries: accounts, campaigns, the lines above where a campaign needs them, and the history where custody changed.
    """
    asked = {person.pk for person in people if person.is_active}
    rows = with_standing(SocialAccount.objects.live().filter(_asked(people)), at=at).select_related(
        "line", "primary_owner"
    )
    found = list(rows.order_by("handle_key", "id"))
    if not found:
        return
    campaigns = running_campaigns(at)
    above = _above(found, campaigns)
    void = reopened({row.public_id: row.certified_at for row in found if row.standing == Standing.REOPENED})
    for row in found:
        is_void = row.standing in (Standing.NEVER, Standing.REOPENED)
        campaign = campaign_of(
            row,
            campaigns,
            above.get(row.line_id, {row.line_id}),
            certified_at=None if is_void else row.certified_at,
        )
        due, note = _why(row, campaign, void.get(row.public_id))
        primary = row.primary_owner
        person_id = primary.pk if primary is not None and primary.is_active else row.backup_owner_id
        if note and person_id in asked:
            yield Duty(
                person_id=person_id,
                kind="account.certify",
                key=str(row.public_id),
                title=format_lazy(_("Certify {account}"), account=row.handle),
                url=reverse("account-certify", args=[row.public_id]),
                due_at=due,
                line=row.line,
                remind_days=_REMIND,
                note=note,
            )


def _why(
    row: SocialAccount, campaign: CertificationCampaign | None, change: Reopened | None
) -> tuple[datetime | None, str | Promise]:
    """When an account is to be certified and why; no words where nothing is asked."""
    due: datetime | None = due_of(certified_due=row.certified_due, live_since=row.state_since)
    note: str | Promise = ""
    if row.standing == Standing.NEVER:
        note = _("It was never certified.")
    elif row.standing == Standing.REOPENED:
        due = change.since + AFTER_CHANGE if change else None
        note = changes_in_words(change)
    elif row.standing in (Standing.SOON, Standing.OVERDUE):
        note = _("The last certification ends.")
    if campaign is not None:
        due = min(due or campaign.due_at, campaign.due_at)
        note = note or format_lazy(_("The campaign “{campaign}” asks for it."), campaign=campaign.name)
    return due, note


def _above(rows: list[SocialAccount], campaigns: list[CertificationCampaign]) -> dict[int, set[int]]:
    """Line → itself and the lines above, where some campaign is about a line."""
    if not any(one.line_id is not None for one in campaigns):
        return {}
    found: dict[int, set[int]] = {}
    links = LineClosure.objects.filter(descendant_id__in={row.line_id for row in rows})
    for line_id, ancestor_id in links.values_list("descendant_id", "ancestor_id"):
        found.setdefault(line_id, set()).add(ancestor_id)
    return found
