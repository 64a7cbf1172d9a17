"""Strategy and vision."""

from django.utils.translation import gettext as _

from coe.enums.roles import Role
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading
from metrics.indicators.seats import holders
from metrics.scoring import Scope


def _sponsor(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Active people who hold the seat of executive sponsor."""
    count = holders([Role.EXECUTIVE_SPONSOR], moment).values("user_id").distinct().count()
    return [Reading(None, "hub.executive_sponsor", count, None, records=count)]


def _no_sponsor(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    if holders([Role.EXECUTIVE_SPONSOR], moment).exists():
        return []
    return [EvidenceItem(_("Executive sponsor"), _("Nobody holds this seat."), "/people/", "seat")][:limit]


INDICATORS = (
    Indicator(
        "hub.executive_sponsor",
        _sponsor,
        _no_sponsor,
        frozenset({"roles"}),
        scope=Scope.PROGRAMME,
        fix="people",
    ),
)
