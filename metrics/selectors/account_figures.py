"""The figures of one account, month by month."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format

from coe.models import SocialAccount
from coe.rules.principals import Principal
from metrics.models import Metric, Observation
from metrics.selectors.observations import account_series, stepped

SPAN = dt.timedelta(days=400)
PREFERRED = "followers"


@dataclass(frozen=True)
class AccountFigures:
    """What an account reports, and the series of the metric asked for; a month without a value is a gap."""

    metrics: tuple[Metric, ...]
    metric: Metric | None
    points: tuple[tuple[str, float | None], ...]


def account_figures(
    account: SocialAccount, *, principal: Principal, today: dt.date, code: str = ""
) -> AccountFigures:
    """The last thirteen months of one metric of an account in scope: the one asked for, else followers, else the first (two queries)."""
    reported = Observation.objects.filter(account=account, metric=OuterRef("pk"))
    metrics = tuple(Metric.objects.filter(Exists(reported)).order_by("code"))
    by_code = {metric.code: metric for metric in metrics}
    metric = by_code.get(code) or by_code.get(PREFERRED) or next(iter(metrics), None)
    if metric is None:
        return AccountFigures((), None, ())
    since = (today - SPAN).replace(day=1)
    found = {
        point.on: float(point.value * 100 if metric.is_ratio else point.value)
        for point in stepped(
            account_series(account, metric, principal=principal, since=since, until=today),
            metric,
            step="month",
        )
    }
    return AccountFigures(
        metrics,
        metric,
        tuple((date_format(month, "YEAR_MONTH_FORMAT"), found.get(month)) for month in _months(today)),
    )


def _months(today: dt.date) -> list[dt.date]:
    count = today.year * 12 + today.month - 1
    return [dt.date((count - back) // 12, (count - back) % 12 + 1, 1) for back in reversed(range(13))]
