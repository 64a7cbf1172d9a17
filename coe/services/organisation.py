"""The organisation's settings."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.models import Organisation
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot

_EDITABLE = frozenset(
    {"name", "time_zone", "language", "corporate_domains", "dormancy_days", "open_scorecards", "calendar"}
)


def organisation() -> Organisation:
    """The one organisation; it exists after the first call."""
    return Organisation.objects.get_or_create(pk=1)[0]


@transaction.atomic
def edit_organisation(*, changes: dict[str, Any], by: Actor, at: datetime, why: str = "") -> Organisation:
    """Change settings of the organisation.

    :raises Invalid: an unknown setting, an unknown time zone, a dormancy limit of zero.
    """
    organisation()
    row = Organisation.objects.select_for_update().get(pk=1)
    before = snapshot(row)
    for name, value in changes.items():
        if name not in _EDITABLE:
            raise Invalid.one(name, "unknown_field", _("There is no setting “%(name)s”.") % {"name": name})
        setattr(row, name, value)
    if row.time_zone not in available_timezones():
        raise Invalid.one("time_zone", "unknown_time_zone", _("Give an IANA time zone such as Europe/Paris."))
    if not row.dormancy_days:
        raise Invalid.one("dormancy_days", "out_of_range", _("Give at least one day."))
    difference = changed(before, snapshot(row))
    if difference:
        row.updated_at = at
        row.revision += 1
        row.save()
        record("organisation.updated", row, by=by, at=at, changes=difference, why=why)
        note_facts([(None, "organisation")], at=at)
    return row
