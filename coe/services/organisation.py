"""The organisation's settings."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.models import Organisation
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, save_changed

_EDITABLE = frozenset(
    {"name", "time_zone", "language", "corporate_domains", "dormancy_days", "open_scorecards", "calendar"}
)
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z0-9-]{2,63}")


def organisation() -> Organisation:
    """The one organisation; it exists after the first call."""
    return Organisation.objects.get_or_create(pk=1)[0]


@transaction.atomic
def edit_organisation(
    *,
    changes: dict[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> Organisation:
    """Change settings of the organisation.

    :raises Invalid: an unknown setting, language or time zone, no name, a domain that is none, a dormancy limit of zero.
    :raises Stale: `expected_revision` is old.
    """
    row = locked(organisation(), expected_revision=expected_revision)
    before = snapshot(row)
    for name, value in clean_values(Organisation, values=changes, allowed=_EDITABLE).items():
        setattr(row, name, value)
    if row.language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise Invalid.one("language", "choice_unknown", _("Known languages: %(known)s.") % {"known": known})
    domains = row.corporate_domains if isinstance(row.corporate_domains, list) else [None]
    row.corporate_domains = [str(one).strip().lower() for one in domains]
    if not all(_DOMAIN.fullmatch(one) for one in row.corporate_domains):
        raise Invalid.one("corporate_domains", "domain_form", _("Write domains such as example.com."))
    if row.time_zone not in available_timezones():
        raise Invalid.one("time_zone", "unknown_time_zone", _("Give an IANA time zone such as Europe/Paris."))
    if not row.dormancy_days:
        raise Invalid.one("dormancy_days", "out_of_range", _("Give at least one day."))
    difference = changed(before, snapshot(row))
    if difference:
        save_changed(row, fields=list(changes), at=at)
        record("organisation.updated", row, by=by, at=at, changes=difference, why=why)
        note_facts([(None, "organisation")], at=at)
    return row
