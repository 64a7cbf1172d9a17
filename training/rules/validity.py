"""How long a certificate holds, and when its course may be taken again. Pure."""

import calendar
from datetime import UTC, datetime, timedelta


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time so many months on; the last day of a shorter month (31 January + 1 = 28 or 29 February)."""
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def expiry_of(achieved_at: datetime, validity_months: int | None) -> datetime | None:
    """When a certificate for a completion ends; None where the course's certificates never do.

    Months are counted in UTC: one instant, told in whatever zone and on whichever side of a change of clocks, has one end.
    """
    return None if validity_months is None else add_months(achieved_at.astimezone(UTC), validity_months)


def renewal_opens(expires_at: datetime, renewal_days: int) -> datetime:
    """From when the course may be taken again, so that the next certificate is there before this one ends."""
    return expires_at - timedelta(days=renewal_days)
