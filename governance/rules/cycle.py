"""When a policy is looked at again. Pure."""

import datetime as dt

from training.rules.validity import add_months


def review_day(reviewed_on: dt.date, months: int) -> dt.date:
    """The day by which a policy is reviewed again: so many months after the last review, on the same day of the month."""
    return add_months(dt.datetime.combine(reviewed_on, dt.time()), months).date()
